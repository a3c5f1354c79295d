package chat.samara.server.node.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.node.folder.DataFolder;
import chat.samara.server.node.folder.FolderException;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerKeysTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final ServerName BERLIN = new ServerName("berlin.example");
    private static final List<ServerAddress> HERE = List.of(new ServerAddress("berlin.example", 7443));

    @TempDir
    private Path temp = Path.of("");

    private Optional<DataFolder> opened = Optional.empty();

    @BeforeEach
    void open() throws FolderException {
        opened = Optional.of(DataFolder.open(temp));
    }

    @AfterEach
    void close() {
        opened.ifPresent(DataFolder::close);
    }

    @Test
    void theFirstStartMakesKeysThatTheNextOneFinds() throws Exception {
        ServerKeys first = keys();
        assertThat(first.name()).isEmpty();
        Manifest manifest = first.manifest(BERLIN, HERE, NOW);
        ServerKeys second = keys();
        assertThat(second.name()).contains(BERLIN);
        assertThat(second.rootKey().publicKey()).isEqualTo(first.rootKey().publicKey());
        assertThat(second.tls().spkiSha256()).isEqualTo(first.tls().spkiSha256());
        assertThat(manifest.sequence()).isEqualTo(NOW.getEpochSecond());
        assertThat(manifest.listsTlsKey(Bytes.of(first.tls().spkiSha256()))).isTrue();
    }

    @Test
    void keysAreReadableByTheirOwnerOnly() throws Exception {
        ServerKeys unused = keys();
        for (Path file : List.of(folder().rootKeyFile(), folder().tlsKeyFile())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .as(file.toString())
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void theRootKeyFileIsStandardPkcs8() throws Exception {
        ServerKeys keys = keys();
        EdECPrivateKey read = (EdECPrivateKey) KeyFactory.getInstance("Ed25519")
                .generatePrivate(new PKCS8EncodedKeySpec(Pem.read(folder().rootKeyFile(), Pem.PRIVATE_KEY)));
        assertThat(read.getBytes()).contains(keys.rootKey().privateKey());
    }

    @Test
    void eachStartHasAManifestThatHoldsInsteadOfTheLast() throws Exception {
        Manifest first = keys().manifest(BERLIN, HERE, NOW);
        Manifest atOnce = keys().manifest(BERLIN, HERE, NOW);
        assertThat(atOnce.supersedes(first)).isTrue();
        Manifest clockSetBack = keys().manifest(BERLIN, HERE, NOW.minusSeconds(1_000_000));
        assertThat(clockSetBack.supersedes(atOnce)).isTrue();
    }

    @Test
    void aRestoredCopyShowsNoOlderManifestThanHasBeenSeen() throws Exception {
        Manifest copied = keys().manifest(BERLIN, HERE, NOW);
        byte[] copy = Files.readAllBytes(folder().manifestFile());
        Manifest seen = copied;
        for (int i = 1; i < 5; i++) {
            seen = keys().manifest(BERLIN, List.of(new ServerAddress("192.0.2." + i, 7443)), NOW.plusSeconds(i));
        }
        Files.write(folder().manifestFile(), copy);
        Manifest restored = keys().manifest(BERLIN, HERE, NOW.plusSeconds(60));
        assertThat(restored.supersedes(seen)).isTrue();
    }

    @Test
    void whereNoManifestCanBeWrittenOneThatHoldsGoesOn() throws Exception {
        Manifest first = keys().manifest(BERLIN, HERE, NOW);
        ServerKeys keys = keys();
        Files.delete(folder().manifestFile());
        Files.createDirectories(folder().manifestFile().resolve("in the way"));
        assertThat(keys.manifest(BERLIN, HERE, NOW.plusSeconds(1))).isEqualTo(first);
        assertThatThrownBy(
                        () -> keys.manifest(BERLIN, List.of(new ServerAddress("192.0.2.7", 7443)), NOW.plusSeconds(1)))
                .hasMessageContaining("cannot be written");
    }

    @Test
    void anotherTlsKeyGetsANewManifest() throws Exception {
        Manifest first = keys().manifest(BERLIN, HERE, NOW);
        Files.delete(folder().tlsKeyFile());
        Files.delete(folder().tlsCertificateFile());
        ServerKeys renewed = keys();
        Manifest second = renewed.manifest(BERLIN, HERE, NOW);
        assertThat(second.supersedes(first)).isTrue();
        assertThat(second.listsTlsKey(Bytes.of(renewed.tls().spkiSha256()))).isTrue();
    }

    @Test
    void theNameIsFixedAtTheFirstStart() throws Exception {
        Manifest unused = keys().manifest(BERLIN, HERE, NOW);
        assertThatThrownBy(() -> keys().manifest(new ServerName("tunis.example"), HERE, NOW))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("berlin.example")
                .hasMessageContaining("tunis.example")
                .hasMessageContaining("--name");
    }

    @Test
    void aLostRootKeyIsNotReplacedWhereThereIsAStore() throws Exception {
        Manifest unused = keys().manifest(BERLIN, HERE, NOW);
        Files.createDirectory(folder().storeFolder());
        Files.delete(folder().rootKeyFile());
        assertThatThrownBy(this::keys).hasMessageContaining("root.key").hasMessageContaining("backup");
    }

    @Test
    void aLostManifestIsNotReplacedWhereThereIsAStore() throws Exception {
        Manifest unused = keys().manifest(BERLIN, HERE, NOW);
        Files.createDirectory(folder().storeFolder());
        Files.delete(folder().manifestFile());
        assertThatThrownBy(this::keys).hasMessageContaining("manifest").hasMessageContaining("backup");
    }

    @Test
    void damagedFilesAreNamed() throws Exception {
        Manifest unused = keys().manifest(BERLIN, HERE, NOW);
        assertDamage(folder().manifestFile(), "manifest");
        assertDamage(folder().rootKeyFile(), "root.key");
        assertDamage(folder().tlsKeyFile(), "tls.key");
        assertDamage(folder().tlsCertificateFile(), "tls.crt");
    }

    @Test
    void aTlsKeyOfAnotherCertificateIsRefused() throws Exception {
        ServerKeys unused = keys();
        Files.write(
                folder().tlsKeyFile(),
                Pem.encode(Pem.PRIVATE_KEY, TlsIdentities.fresh().privateKey().getEncoded()));
        assertThatThrownBy(this::keys).hasMessageContaining("do not belong together");
    }

    @Test
    void aManifestOfAnotherKeyIsRefused() throws Exception {
        Manifest unused = keys().manifest(BERLIN, HERE, NOW);
        Files.delete(folder().rootKeyFile());
        assertThatThrownBy(this::keys).hasMessageContaining("was not issued by the key");
    }

    private void assertDamage(Path file, String named) throws IOException {
        byte[] good = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(good, good.length / 2));
        assertThatThrownBy(this::keys)
                .as(named)
                .isInstanceOf(FolderException.class)
                .hasMessageContaining(named);
        Files.write(file, good);
    }

    private ServerKeys keys() throws FolderException {
        return ServerKeys.open(folder(), RandomSource.secure(), NOW);
    }

    private DataFolder folder() {
        return opened.orElseThrow();
    }
}
