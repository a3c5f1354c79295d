package chat.samara.client.device;

import java.util.Random;

/** Texts that no packing makes much smaller. */
final class Noise {
    private static final int FIRST = ' ';
    private static final int COUNT = '~' - ' ' + 1;

    private Noise() {}

    /** A text that begins with the number, the same each time. */
    static String text(int number, int chars) {
        Random random = new Random(number);
        StringBuilder text = new StringBuilder(chars).append(number).append(' ');
        while (text.length() < chars) {
            text.append((char) (FIRST + random.nextInt(COUNT)));
        }
        return text.toString();
    }
}
