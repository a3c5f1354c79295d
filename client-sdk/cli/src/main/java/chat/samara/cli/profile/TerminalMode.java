package chat.samara.cli.profile;

import java.io.File;
import java.io.IOException;
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
        if (!MODE.matcher(mode).matches()) {
            return;
        }
        try {
            boolean unused = new ProcessBuilder("stty", mode)
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
