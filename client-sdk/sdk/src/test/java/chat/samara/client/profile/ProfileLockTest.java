package chat.samara.client.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A profile that is open already")
@Timeout(120)
class ProfileLockTest {
    private static final int LOCKED = 'L';

    @TempDir
    private Path folder;

    /** Holds the lock until its standard input ends. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws IOException, ClientException {
            try (FileChannel lock = new ProfileFolder(Path.of(arguments[0])).lock()) {
                System.out.write(lock.isOpen() ? LOCKED : 0);
                System.out.flush();
                int unused = System.in.read();
            }
        }
    }

    private ClientException refusal() {
        return catchThrowableOfType(
                ClientException.class, () -> new ProfileFolder(folder).lock().close());
    }

    @Test
    @DisplayName("in another process is refused with that process's number; when that has ended, it opens")
    // There nobody may read a file that is locked.
    @DisabledOnOs(OS.WINDOWS)
    void namesTheProcess() throws Exception {
        // Left by a copy of the folder, or by a process that was killed.
        Files.writeString(folder.resolve("profile.lock"), "1234567890123456789012345\n");
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (InputStream signs = holder.getInputStream()) {
            assertThat(signs.read()).isEqualTo(LOCKED);
            ClientException refused = refusal();
            assertThat(refused.code()).isEqualTo(RefusalCode.PROFILE_IN_USE);
            assertThat(refused).hasMessageContaining(folder + " is open already, in process " + holder.pid() + ";");
            holder.getOutputStream().close();
            assertThat(holder.waitFor()).isZero();
        } finally {
            holder.destroyForcibly().waitFor();
        }
        new ProfileFolder(folder).lock().close();
    }

    @Test
    @DisplayName("in the same process is refused as that")
    void namesThisProcess() throws Exception {
        try (FileChannel lock = new ProfileFolder(folder).lock()) {
            assertThat(lock.isOpen()).isTrue();
            assertThat(refusal()).hasMessageContaining("is open already, in this very process;");
        }
    }
}
