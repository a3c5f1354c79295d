package chat.samara.wire.identity;

import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BERLIN_KEY;
import static chat.samara.wire.Samples.TLS_KEY_HASH;
import static chat.samara.wire.Samples.TUNIS;
import static chat.samara.wire.Samples.TUNIS_KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.proto.ErrorCode;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManifestTest {
    private final Manifest manifest = Samples.manifest(5);

    @Test
    void survivesTheWire() throws RefusedException {
        Manifest verified = ManifestIn.decode(manifest.encoded()).verify(BERLIN, BERLIN_KEY.publicKey());

        assertThat(verified).isEqualTo(manifest);
        assertThat(verified.content()).isEqualTo(manifest.content());
        assertThat(verified.encoded()).isEqualTo(manifest.encoded());
        assertThat(verified.rootKey()).isEqualTo(BERLIN_KEY.publicKey());
    }

    @Test
    void isRefusedWithAnySingleBitFlipped() throws RefusedException {
        Refused.forEveryBitFlip(
                manifest.encoded(), changed -> ManifestIn.decode(changed).verify());
    }

    @Test
    void ofAnotherNameOrRootKeyThanThePinnedOneIsRefused() throws RefusedException {
        ManifestIn in = ManifestIn.decode(manifest.encoded());

        assertThat(Refused.by(() -> in.verify(TUNIS, BERLIN_KEY.publicKey())).reason())
                .contains("berlin.example", "tunis.example");
        assertThat(Refused.by(() -> in.verify(BERLIN, TUNIS_KEY.publicKey())).detail())
                .isEqualTo("manifest-root-key");
    }

    @Test
    void ofAHigherSequenceHolds() {
        assertThat(Samples.manifest(6).supersedes(manifest)).isTrue();
        assertThat(Samples.manifest(5).supersedes(manifest)).isFalse();
        assertThat(Samples.manifest(4).supersedes(manifest)).isFalse();
    }

    @Test
    void ofAnotherServerOrKeyNeverSupersedes() {
        Manifest otherKey = Manifest.sign(TUNIS_KEY, content(BERLIN, 9));
        Manifest otherName = Manifest.sign(BERLIN_KEY, content(TUNIS, 9));

        assertThat(otherKey.supersedes(manifest)).isFalse();
        assertThat(otherName.supersedes(manifest)).isFalse();
    }

    @Test
    void listsTheTlsKeysOfTheServerOnly() {
        assertThat(manifest.listsTlsKey(TLS_KEY_HASH)).isTrue();
        assertThat(manifest.listsTlsKey(Samples.filled(32, 1))).isFalse();
    }

    @Test
    void withMoreAddressesThanTheLimitIsNotMade() {
        List<ServerAddress> tooMany = Collections.nCopies(Limits.MANIFEST_ADDRESSES_MAX + 1, new ServerAddress("a", 1));

        assertThatThrownBy(() -> Manifest.sign(BERLIN_KEY, new Manifest.Content(BERLIN, 1, tooMany, List.of(), 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .cause()
                .hasMessageContaining("TOO_LARGE");
    }

    @Test
    void atItsLimitsFitsIntoAFrameBeforeAuthentication() throws RefusedException {
        Manifest largest = Manifest.sign(
                BERLIN_KEY,
                new Manifest.Content(
                        BERLIN,
                        1,
                        Collections.nCopies(
                                Limits.MANIFEST_ADDRESSES_MAX, new ServerAddress("a".repeat(Limits.HOST_CHARS_MAX), 1)),
                        Collections.nCopies(Limits.MANIFEST_TLS_KEYS_MAX, TLS_KEY_HASH),
                        0));

        assertThat(ManifestIn.decode(largest.encoded()).verify()).isEqualTo(largest);
        assertThat(largest.encoded().size()).isLessThan(Limits.UNAUTHENTICATED_FRAME_BYTES_MAX / 2);
    }

    @Test
    void randomBytesAreRefusedAndNothingEscapes() {
        Refused.orFineForRandomBytes(2, 20_000, manifest.encoded(), changed -> ManifestIn.decode(changed));
    }

    @Test
    void tooLargeIsRefusedBeforeItIsDecoded() {
        assertThat(Refused.by(() -> ManifestIn.decode(Bytes.wrapUnsafe(new byte[100_000])))
                        .code())
                .isEqualTo(ErrorCode.TOO_LARGE);
    }

    private static Manifest.Content content(ServerName name, long sequence) {
        return new Manifest.Content(name, sequence, List.of(), List.of(), 0);
    }
}
