package chat.samara.mls.fuzz;

import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.StateDelta;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A group's stored state, and what damage does to it. The input is {@code struct {opaque key<V>; opaque value<V>} changes<V>}:
 * each replaces a blob of a sound group of one member, or, where the value is empty, takes it away.
 */
final class StoredGroup {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final RandomSource RANDOM = new SeededRandom(4);
    private static final SignatureKeyPair SIGNER = SignatureKeyPair.generate(SUITE, RANDOM);
    private static final GroupEnvironment ENVIRONMENT = new GroupEnvironment(
            (credential, key) -> true, RANDOM, InstantSource.fixed(Instant.ofEpochSecond(1_800_000_000L)));

    /** The blobs of a sound group. */
    static final Map<Bytes, Bytes> SOUND = sound();

    private StoredGroup() {}

    private static Map<Bytes, Bytes> sound() {
        try {
            GroupConfig config = new GroupConfig(
                    SUITE,
                    Bytes.ofUtf8("stored"),
                    List.of(),
                    Capabilities.of(List.of(SUITE), List.of(), List.of()),
                    new Lifetime(1_799_000_000L, 1_801_000_000L));
            Group group = Group.create(config, Credential.basic(Bytes.ofUtf8("owner")), SIGNER, ENVIRONMENT);
            group.protect(new byte[1], new byte[1]);
            StateDelta delta = group.drainDelta();
            return new TreeMap<>(delta.puts());
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    /** Restores the damaged group, and stores it again: nothing is new. */
    static byte[] restore(byte[] changes) throws MlsException {
        Map<Bytes, Bytes> damaged = new TreeMap<>(SOUND);
        TlsReader reader = new TlsReader(changes);
        TlsWriter writer = new TlsWriter();
        while (reader.hasRemaining()) {
            Bytes key = reader.opaque();
            Bytes value = reader.opaque();
            writer.opaque(key).opaque(value);
            if (value.isEmpty()) {
                damaged.remove(key);
            } else {
                damaged.put(key, value);
            }
        }
        Group group = Group.restore(damaged, SIGNER, ENVIRONMENT);
        if (!group.drainDelta().isEmpty()) {
            throw new AssertionError("something is new in a group that was just restored");
        }
        group.destroy();
        return writer.toByteArray();
    }
}
