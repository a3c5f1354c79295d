package chat.samara.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import chat.samara.client.device.DeviceStore.Write;
import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.profile.ProfileStore;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("What ends an engine is told with cause and remedy:")
class EngineFailureTest {
    @TempDir
    private Path folder;

    static Stream<Arguments> failures() {
        return Stream.of(
                failure(stored(new IOException("No space left on device")), RefusalCode.PROFILE_DISK_FULL, "make room"),
                failure(stored(new IOException("Disk quota exceeded")), RefusalCode.PROFILE_DISK_FULL, "make room"),
                failure(
                        stored(new IllegalStateException("[SQLITE_FULL] Insertion failed (database or disk is full)")),
                        RefusalCode.PROFILE_DISK_FULL,
                        "make room"),
                failure(
                        stored(new IOException("Input/output error")),
                        RefusalCode.PROFILE_FAILED,
                        "Input/output error"),
                failure(new OutOfMemoryError("Java heap space"), RefusalCode.OUT_OF_MEMORY, "start it again with more"),
                failure(
                        new ExceptionInInitializerError(new UnsatisfiedLinkError("libc is missing")),
                        RefusalCode.NATIVE_LIBRARY,
                        "libc is missing"),
                failure(new NullPointerException("row"), RefusalCode.INTERNAL, "report"),
                failure(new StackOverflowError(), RefusalCode.INTERNAL, "StackOverflowError"));
    }

    private static Arguments failure(Throwable failure, RefusalCode code, String says) {
        return Arguments.of(failure, code, says);
    }

    private static DeviceStoreException stored(Throwable cause) {
        return new DeviceStoreException("writing the profile failed", new IllegalStateException("chunk 7", cause));
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("the disk, the memory, a library, a bug")
    @MethodSource("failures")
    void isTold(Throwable failure, RefusalCode code, String says) {
        Refusal refusal = EngineFailure.of(failure, Optional.of(folder));

        assertThat(refusal.code()).isEqualTo(code);
        assertThat(refusal.sentence()).contains(says);
        if (code == RefusalCode.PROFILE_DISK_FULL || code == RefusalCode.PROFILE_FAILED) {
            assertThat(refusal.sentence()).contains(folder.toString());
        }
    }

    @Test
    @DisplayName("a page of the profile that was changed or has gone bad, with what to put back")
    void damagedPage() throws IOException, ClientException {
        Path profile = folder.resolve("alice");
        try (ProfileStore store = ProfileStore.create(profile, "correct horse".toCharArray())) {
            store.commit(List.of(new Write.Put(DeviceTable.HISTORY, Bytes.ofUtf8("row"), new byte[50_000])));
            Path tree = profile.resolve("profile.tree");
            byte[] bytes = Files.readAllBytes(tree);
            Arrays.fill(bytes, 8192, bytes.length, (byte) 0);
            Files.write(tree, bytes);
            DeviceStoreException failure = catchThrowableOfType(
                    DeviceStoreException.class, () -> store.get(DeviceTable.HISTORY, Bytes.ofUtf8("row")));

            Refusal refusal = EngineFailure.of(failure, Optional.of(profile));

            assertThat(refusal.code()).isEqualTo(RefusalCode.PROFILE_DAMAGED);
            assertThat(refusal.sentence()).contains(profile.toString(), "put back a copy of the whole folder");
        }
    }
}
