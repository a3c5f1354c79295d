package chat.samara.cli.message;

import chat.samara.client.device.ClientEvent;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What is said to a person whose device and server disagree about the time. */
public final class ClockSentence {
    private ClockSentence() {}

    public static String of(ClientEvent.ClocksDiffer differ) {
        return "This device's clock says " + time(differ.ownMillis()) + ", its server's says "
                + time(differ.serverMillis())
                + ". One of them is wrong; if it is yours, set it: until then nobody can add you to a channel.";
    }

    private static String time(long millis) {
        try {
            return Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.MINUTES).toString();
        } catch (DateTimeException | ArithmeticException outOfRange) {
            return "a time of no calendar";
        }
    }
}
