package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.tree.TreePrivateKeys;
import java.util.HashMap;
import java.util.Map;

/**
 * The secrets of an epoch that a commit starts and that has not been entered yet. Key pairs that the commit did not replace
 * are shared with the present epoch.
 */
record NextEpoch(TreePrivateKeys keys, EpochSecrets secrets) {
    /** {@code struct {uint32 node; opaque private_key<V>} keys<V>}, then the secrets. */
    void writeTo(TlsWriter writer) {
        TlsWriter entries = new TlsWriter();
        keys.byNode()
                .forEach((node, pair) ->
                        entries.uint32(node).opaque(pair.privateKey().reveal()));
        writer.opaque(entries.toByteArray());
        entries.erase();
        secrets.writeTo(writer);
    }

    static NextEpoch readFrom(TlsReader reader, CipherSuite suite, int ownLeaf) throws MlsException {
        TlsReader entries = reader.nested();
        Map<Integer, HpkeKeyPair> keys = new HashMap<>();
        while (entries.hasRemaining()) {
            keys.put(entries.index32(), suite.keyPairOf(entries.opaqueArray()));
        }
        return new NextEpoch(TreePrivateKeys.restored(ownLeaf, keys), EpochSecrets.readFrom(reader, suite));
    }

    /** Overwrites everything that the keys of the epoch that goes on do not share. */
    void eraseAllBut(TreePrivateKeys kept) {
        keys.eraseAllBut(kept);
        secrets.erase();
    }

    /** Whether it was dropped. */
    boolean isErased() {
        return secrets.init().isErased();
    }
}
