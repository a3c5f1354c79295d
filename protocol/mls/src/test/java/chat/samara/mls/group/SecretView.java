package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.secrettree.RatchetId;
import chat.samara.mls.secrettree.SecretTree;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Every secret that a group's state holds at a moment, copied, by a name. */
final class SecretView {
    /** The order of {@code EpochSecrets.writeTo}. */
    private static final List<String> EPOCH_SECRETS = List.of(
            "sender_data",
            "encryption",
            "exporter",
            "external",
            "confirm",
            "membership",
            "resumption",
            "authenticator",
            "init",
            "application_export");

    private final Map<String, byte[]> byName = new TreeMap<>();

    private SecretView() {}

    static SecretView of(Group group) throws MlsException {
        SecretView view = new SecretView();
        GroupState state = group.state();
        TlsWriter writer = new TlsWriter();
        state.secrets().writeTo(writer);
        TlsReader reader = new TlsReader(writer.toByteArray());
        writer.erase();
        for (String name : EPOCH_SECRETS) {
            view.put(group.epoch() + " " + name, reader.opaqueArray());
        }
        state.keys()
                .byNode()
                .forEach((node, pair) ->
                        view.put("key " + node, pair.privateKey().reveal().clone()));
        int leafPlaces = group.publicGroup().tree().leafPlaces();
        view.putTree(group.epoch(), state.secretTree(), leafPlaces);
        for (PastEpoch past : state.past().all()) {
            view.put(past.epoch() + " sender_data", past.senderData().reveal().clone());
            view.putTree(past.epoch(), past.secretTree(), past.leafPlaces());
        }
        return view;
    }

    private void putTree(long epoch, SecretTree tree, int leafPlaces) throws MlsException {
        for (int node = 0; node < 2 * leafPlaces - 1; node++) {
            String name = epoch + " tree " + node;
            tree.encodeNode(node).ifPresent(secret -> put(name, secret));
        }
        for (int leaf = 0; leaf < leafPlaces; leaf++) {
            for (RatchetId.Kind kind : RatchetId.Kind.values()) {
                byte[] encoded = tree.encodeRatchet(new RatchetId(leaf, kind)).orElse(null);
                if (encoded != null) {
                    putRatchet(epoch + " " + kind + " " + leaf, new TlsReader(encoded));
                }
            }
        }
    }

    private void putRatchet(String name, TlsReader ratchet) throws MlsException {
        ratchet.index32();
        put(name + " next", ratchet.opaqueArray());
        for (TlsReader skipped = ratchet.nested(); skipped.hasRemaining(); ) {
            int generation = skipped.index32();
            put(name + " key " + generation, skipped.opaqueArray());
            put(name + " nonce " + generation, skipped.opaqueArray());
        }
    }

    private void put(String name, byte[] secret) {
        if (secret.length > 0) {
            byName.put(name, secret);
        }
    }

    /** The secret of that name, which must be there. */
    byte[] get(String name) {
        byte[] secret = byName.get(name);
        if (secret == null) {
            throw new AssertionError("no secret " + name + " among " + byName.keySet());
        }
        return secret;
    }

    /** Those whose name begins so. */
    Map<String, byte[]> under(String prefix) {
        Map<String, byte[]> found = new TreeMap<>(byName);
        found.keySet().removeIf(name -> !name.startsWith(prefix));
        return found;
    }

    boolean holds(byte[] secret) {
        return byName.values().stream().anyMatch(held -> java.util.Arrays.equals(held, secret));
    }
}
