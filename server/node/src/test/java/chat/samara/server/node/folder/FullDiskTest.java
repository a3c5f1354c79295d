package chat.samara.server.node.folder;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.store.StoreException;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("That a disk is full")
class FullDiskTest {
    private static final long NONE = 0;
    private static final long PLENTY = 1L << 40;
    private static final String GERMAN = "Auf dem Gerät ist kein Speicherplatz mehr verfügbar";

    @Test
    @DisplayName(
            "is known in any language: by the store's code, and by the room that is left where a file cannot be written")
    void inAnyLanguage() {
        assertThat(FullDisk.isCauseOf(new StoreException(StoreException.Kind.FULL, GERMAN), PLENTY))
                .isTrue();
        Exception written = new FolderException("cannot be written", new IOException(GERMAN));
        assertThat(FullDisk.isCauseOf(written, NONE)).isTrue();
        assertThat(FullDisk.isCauseOf(new FileSystemException("lock", null, GERMAN), NONE))
                .isTrue();
    }

    @Test
    @DisplayName("is known by the system's English words, also where only a quota is used up")
    void byWords() {
        assertThat(FullDisk.isCauseOf(new IOException("Disk quota exceeded"), PLENTY))
                .isTrue();
        assertThat(FullDisk.isCauseOf(new IOException("No space left on device"), PLENTY))
                .isTrue();
    }

    @Test
    @DisplayName("is not taken for what another failure comes from, however little room there is")
    void otherFailures() {
        assertThat(FullDisk.isCauseOf(new IOException("Eingabe-/Ausgabefehler"), PLENTY))
                .isFalse();
        assertThat(FullDisk.isCauseOf(new NoSuchFileException("store"), NONE)).isFalse();
        assertThat(FullDisk.isCauseOf(new AccessDeniedException("store"), NONE)).isFalse();
        assertThat(FullDisk.isCauseOf(new IOException("the admin port", new BindException("in use")), NONE))
                .isFalse();
        assertThat(FullDisk.isCauseOf(new StoreException(StoreException.Kind.IO, "write failed"), NONE))
                .isFalse();
    }

    @Test
    @DisplayName("is asked of the folder above where the data folder is not there yet")
    void missingFolder(@TempDir Path temp) {
        assertThat(FullDisk.isCauseOf(new IOException(GERMAN), temp.resolve("not/there")))
                .isFalse();
    }
}
