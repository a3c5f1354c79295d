package chat.samara.client.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The folder for native libraries")
class NativeFolderTest {
    @TempDir
    private Path profile;

    @Test
    @DisplayName("is made in the profile's folder, and stands there the next time")
    void isMade() throws IOException {
        Path folder = NativeFolder.prepare(profile);
        assertThat(folder).isAbsolute().isDirectory().isEqualTo(profile.resolve("native"));
        assertThat(NativeFolder.prepare(profile)).isEqualTo(folder);
    }

    @Test
    @DisplayName("is its owner's only, also if it was there and open to others")
    void isPrivate() throws IOException {
        assumeThat(Files.getFileStore(profile).supportsFileAttributeView("posix"))
                .isTrue();
        Path folder = Files.createDirectory(profile.resolve("native"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        NativeFolder.prepare(profile);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
    }

    @Test
    @DisplayName("loses what a killed process left in it")
    void leftoversGo() throws IOException {
        Path leftover = NativeFolder.prepare(profile).resolve("libzstd-1.so");
        Files.writeString(leftover, "unpacked");
        NativeFolder.prepare(profile);
        assertThat(leftover).doesNotExist();
    }
}
