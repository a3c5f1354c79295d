package chat.samara.cli.profile;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** What a terminal does with what is typed: Java has no call for that, {@code stty} is everywhere where the launcher is. */
final class TerminalMode {
    private static final File TERMINAL = new File("/dev/tty");
    private static final Pattern MODE = Pattern.compile("[A-Za-z0-9:=]{1,512}");
    private static final int SECONDS_MAX = 5;

    private TerminalMode() {}

    /** Puts back what {@code stty -g} has said once. Where that fails, the launcher does it at the end. */
    static void restore(String mode) {
        if (MODE.matcher(mode).matches()) {
            set(mode);
        }
    }

    /**
     * Throws away what was typed and not read, unseen: it would be taken for a message, or for the next command of a shell.
     *
     * @return whether there was something
     */
    static boolean discardTyped(InputStream in) {
        // What has no line end yet is there only for who reads letter by letter.
        set("-icanon", "min", "0", "time", "0");
        try {
            boolean found = false;
            for (int count = in.available(); count > 0; count = in.available()) {
                found |= in.readNBytes(count).length > 0;
            }
            return found;
        } catch (IOException gone) {
            return false;
        } finally {
            set("icanon", "min", "1", "time", "0");
        }
    }

    private static void set(String... mode) {
        try {
            List<String> command = new ArrayList<>(List.of("stty"));
            command.addAll(List.of(mode));
            boolean unused = new ProcessBuilder(command)
                    .redirectInput(TERMINAL)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor(SECONDS_MAX, TimeUnit.SECONDS);
        } catch (IOException noTerminal) {
            return;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
