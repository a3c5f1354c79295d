package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.KeySchedule;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A group lives through everything by which a secret has had its day (RFC 9420 §9.2, §7.5, §8, §14), and says after each step
 * which secrets must be gone and which must still be there. Those that no state ever holds (path secrets, joiner secret …)
 * are derived here once more, from what was in the state before and from the random bytes that the member was given.
 */
final class ErasureScenario {
    /** Looks for the secrets. */
    interface Witness {
        /** After this step no one may hold the secret any more. */
        void gone(String what, byte[] secret);

        /** After this step this member may not hold the secret any more, though others may. */
        void goneHere(String what, byte[] secret);

        /** Still held by this member: if it is not found, looking is in vain. */
        void kept(String what, byte[] secret);

        /** The step is over, and this is what the member has stored. */
        void endOfStep(String step, Map<Bytes, Bytes> stored);
    }

    static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final byte[] TEXT = "text".getBytes(StandardCharsets.UTF_8);
    private static final byte[] EMPTY = new byte[0];
    private static final int PATH_STEPS_MAX = 4;

    private final RecordingRandom random = new RecordingRandom(new SeededRandom(14));
    private final Witness witness;
    private final TestClient alice = new TestClient("alice", SUITE, random);
    private final TestClient bob = new TestClient("bob", SUITE, random);
    private final TestClient carol = new TestClient("carol", SUITE, random);
    private final TestClient dave = new TestClient("dave", SUITE, random);
    private final Group a;
    private Group b;
    private Group c;
    private Group d;

    ErasureScenario(Witness witness) throws MlsException {
        this.witness = witness;
        a = alice.found();
        List<Group> joined = TestClient.addAll(a, List.of(bob, carol));
        b = joined.get(0);
        c = joined.get(1);
        d = a;
        alice.store.apply(a.drainDelta());
        bob.store.apply(b.drainDelta());
        carol.store.apply(c.drainDelta());
    }

    /** All steps. */
    void run() throws MlsException {
        sent();
        received();
        skipped();
        commitOfAnother();
        epochClosed();
        ownUpdateCommitted();
        ownCommitLost();
        ownCommitAndWelcome();
        removed();
        destroyed();
        allEnterAnotherEpoch();
    }

    private void end(String step, TestClient client, Group group) {
        witness.endOfStep(step, client.store.apply(group.drainDelta()).blobs());
    }

    private void sent() throws MlsException {
        SecretView start = SecretView.of(a);
        byte[] first = a.protect(TEXT, TEXT);
        treeIsSplit("first message sent", start.get("1 tree 3"), 0);
        end("first message sent", alice, a);
        SecretView before = SecretView.of(a);
        byte[] second = a.protect(TEXT, TEXT);
        byte[] secret = before.get("1 APPLICATION 0 next");
        used("second message sent", secret, 1);
        witness.kept("next ratchet secret", following(secret, 1));
        end("second message sent", alice, a);
        b.process(first);
        b.process(second);
        c.process(first);
        c.process(second);
    }

    /** The secrets on the way from the root to a leaf, and the first key of its application ratchet. */
    private void treeIsSplit(String step, byte[] root, int leaf) {
        byte[] left = expand(root, "tree", "left");
        byte[] leafSecret = expand(left, "tree", leaf == 0 ? "left" : "right");
        gone(step + ": root of the secret tree", root);
        gone(step + ": node above the leaf", left);
        gone(step + ": leaf of the secret tree", leafSecret);
        byte[] ratchet = expand(leafSecret, "application", "");
        used(step, ratchet, 0);
        witness.kept(step + ": ratchet for handshakes", expand(leafSecret, "handshake", ""));
    }

    /** A ratchet's secret and what it gave a message. */
    private void used(String step, byte[] secret, int generation) {
        gone(step + ": ratchet secret", secret);
        gone(step + ": message key", messageKey(secret, generation));
        gone(step + ": message nonce", messageNonce(secret, generation));
    }

    private void received() throws MlsException {
        byte[] message = b.protect(TEXT, TEXT);
        SecretView before = SecretView.of(a);
        byte[] node = before.get("1 tree 2");
        a.process(message);
        c.process(message);
        gone("message received: leaf of the secret tree", node);
        used("message received", expand(node, "application", ""), 0);
        end("message received", alice, a);
    }

    private void skipped() throws MlsException {
        List<byte[]> messages =
                List.of(b.protect(TEXT, TEXT), b.protect(TEXT, TEXT), b.protect(TEXT, TEXT), b.protect(TEXT, TEXT));
        byte[] first = SecretView.of(a).get("1 APPLICATION 1 next");
        byte[] second = following(first, 1);
        byte[] third = following(second, 2);
        byte[] fourth = following(third, 3);
        for (byte[] message : messages) {
            c.process(message);
        }
        a.process(messages.get(3));
        used("late message received", fourth, 4);
        List.of(first, second, third).forEach(secret -> gone("late message received: ratchet secret skipped", secret));
        witness.kept("late message received: key skipped", messageKey(first, 1));
        witness.kept("late message received: key skipped", messageKey(third, 3));
        end("late message received", alice, a);
        a.process(messages.get(0));
        used("skipped message received", first, 1);
        witness.kept("skipped message received: another key skipped", messageKey(second, 2));
        end("skipped message received", alice, a);
    }

    private void commitOfAnother() throws MlsException {
        SecretView before = SecretView.of(a);
        SecretView committer = SecretView.of(b);
        random.start();
        Bytes commit = b.commit().build().commit();
        List<byte[]> seeds = random.stop();
        TestClient.mergeAll(List.of(a, b, c), commit);
        epochIsOver("commit merged", before, 1);
        gone("commit merged: key of the path", before.get("key 1"));
        gone("commit merged: key of the root", before.get("key 3"));
        gone("commit merged: committer's leaf key", committer.get("key 2"));
        pathIsGone("commit merged", seeds, before, a);
        SecretView after = SecretView.of(a);
        witness.kept("commit merged: init secret of the next epoch", after.get("2 init"));
        witness.kept("commit merged: sender data of the past epoch", before.get("1 sender_data"));
        witness.kept("commit merged: leaf key", after.get("key 0"));
        end("commit merged", alice, a);
    }

    /** What an epoch's end erases: all but its message secrets, and the resumption secret that has a window of its own. */
    private void epochIsOver(String step, SecretView before, long epoch) {
        for (String name : List.of("exporter", "external", "confirm", "membership", "authenticator", "init")) {
            gone(step + ": " + name, before.get(epoch + " " + name));
        }
    }

    /** Everything that was derived on the way to an epoch, out of the random bytes that the committer had. */
    private void pathIsGone(String step, List<byte[]> seeds, SecretView before, Group after) throws MlsException {
        boolean found = false;
        for (byte[] seed : seeds) {
            if (seed.length != SUITE.hashBytes()) {
                continue;
            }
            gone(step + ": random seed", seed);
            byte[] secret = seed;
            for (int i = 0; i < PATH_STEPS_MAX; i++) {
                byte[] nodeSecret = derive(secret, "node");
                gone(step + ": path secret", secret);
                gone(step + ": node secret", nodeSecret);
                secret = derive(secret, "path");
                found |= joinerIsGone(step, before.get(after.epoch() - 1 + " init"), secret, after);
            }
        }
        if (!found) {
            throw new AssertionError(step + ": no random bytes lead to epoch " + after.epoch());
        }
    }

    /** Whether this is the commit secret that led to the epoch; and if it is, the whole key schedule. */
    private boolean joinerIsGone(String step, byte[] init, byte[] commitSecret, Group after) throws MlsException {
        GroupContext context = after.publicGroup().context();
        Secret joiner = KeySchedule.joinerSecret(SUITE, Secret.copyOf(init), Secret.copyOf(commitSecret), context);
        Secret zeros = Secret.zeros(SUITE.hashBytes());
        EpochSecrets secrets = KeySchedule.epochSecrets(SUITE, joiner, zeros, context);
        boolean leadsHere = secrets.authenticator().equals(after.epochAuthenticator());
        secrets.erase();
        if (leadsHere) {
            Secret extracted = SUITE.extract(Secret.copyOf(init), Secret.copyOf(commitSecret));
            Secret member = SUITE.extract(joiner, zeros);
            Secret epoch = SUITE.expandWithLabel(member, "epoch", context.encode(), SUITE.hashBytes());
            Secret welcome = SUITE.deriveSecret(member, "welcome");
            Secret key =
                    SUITE.expandWithLabel(welcome, "key", EMPTY, SUITE.aead().keyBytes());
            gone(step + ": commit secret", commitSecret);
            gone(step + ": extracted secret", extracted);
            gone(step + ": joiner secret", joiner);
            gone(step + ": member secret", member);
            gone(step + ": epoch secret", epoch);
            gone(step + ": welcome secret", welcome);
            gone(step + ": welcome key", key);
        }
        joiner.erase();
        return leadsHere;
    }

    private void epochClosed() throws MlsException {
        SecretView before = SecretView.of(a);
        for (Group group : List.of(a, b, c)) {
            group.closeEpochsThrough(1);
        }
        gone("epoch closed: sender data", before.get("1 sender_data"));
        before.under("1 tree").forEach((name, secret) -> gone("epoch closed: " + name, secret));
        before.under("1 APPLICATION").forEach((name, secret) -> gone("epoch closed: " + name, secret));
        before.under("1 HANDSHAKE").forEach((name, secret) -> gone("epoch closed: " + name, secret));
        end("epoch closed", alice, a);
    }

    private void ownUpdateCommitted() throws MlsException {
        SecretView before = SecretView.of(a);
        random.start();
        byte[] proposal = a.propose(new ProposalDraft.Update());
        List<byte[]> seeds = random.stop();
        b.process(proposal);
        c.process(proposal);
        Bytes commit = b.commit().build().commit();
        TestClient.mergeAll(List.of(a, b, c), commit);
        epochIsOver("own Update committed", before, 2);
        gone("own Update committed: old leaf key", before.get("key 0"));
        seeds.forEach(seed -> gone("own Update committed: random seed", seed));
        witness.kept("own Update committed: new leaf key", SecretView.of(a).get("key 0"));
        end("own Update committed", alice, a);
    }

    private void ownCommitLost() throws MlsException {
        SecretView before = SecretView.of(a);
        random.start();
        a.commit().build();
        List<byte[]> seeds = random.stop();
        NextEpoch lost = a.state().pending().orElseThrow().next();
        byte[] init = lost.secrets().init().reveal().clone();
        byte[] leafKey = lost.keys().at(0).orElseThrow().privateKey().reveal().clone();
        Bytes winner = c.commit().build().commit();
        TestClient.mergeAll(List.of(a, b, c), winner);
        epochIsOver("own commit lost", before, 3);
        gone("own commit lost: its init secret", init);
        gone("own commit lost: its leaf key", leafKey);
        seeds.forEach(seed -> gone("own commit lost: random seed", seed));
        end("own commit lost", alice, a);
    }

    private void ownCommitAndWelcome() throws MlsException {
        SecretView before = SecretView.of(a);
        random.start();
        KeyPackageBundle bundle = dave.bundle();
        byte[] initKey = bundle.initKeyPair().privateKey().reveal().clone();
        CommitBundle added = a.commit().add(bundle.keyPackage()).build();
        List<byte[]> seeds = random.stop();
        TestClient.mergeAll(List.of(a, b, c), added.commit());
        d = dave.join(added, bundle);
        bundle.destroy();
        epochIsOver("own commit merged", before, 4);
        pathIsGone("own commit merged", seeds, before, a);
        gone("own commit merged: old leaf key", before.get("key 0"));
        witness.kept("own commit merged: new leaf key", SecretView.of(a).get("key 0"));
        end("own commit merged", alice, a);
        gone("Welcome joined: init key", initKey);
        pathIsGone("Welcome joined", seeds, before, d);
        witness.kept("Welcome joined: leaf key", SecretView.of(d).get("key 6"));
        witness.kept("Welcome joined: init secret", SecretView.of(d).get("5 init"));
        end("Welcome joined", dave, d);
    }

    private void removed() throws MlsException {
        SecretView before = SecretView.of(b);
        Bytes removal = a.commit().remove(1).build().commit();
        TestClient.mergeAll(List.of(a, b, c, d), removal);
        epochIsOver("removed", before, 5);
        before.under("key").forEach((name, secret) -> {
            if (name.equals("key 2")) {
                gone("removed: leaf key", secret);
            } else {
                witness.goneHere("removed: " + name, secret);
            }
        });
        end("removed", bob, b);
        b.closeEpochsThrough(-1L);
        for (Group group : List.of(a, c, d)) {
            group.closeEpochsThrough(5);
        }
        before.under("5 tree").forEach((name, secret) -> gone("removed, and all closed: " + name, secret));
        end("removed, and all closed", bob, b);
    }

    private void destroyed() throws MlsException {
        SecretView before = SecretView.of(c);
        c.destroy();
        before.under("").forEach((name, secret) -> witness.goneHere("destroyed: " + name, secret));
        gone("destroyed: leaf key", before.get("key 4"));
        end("destroyed", carol, c);
    }

    /** So that what the destroyed member shared with others is gone everywhere; what is kept now is there at the end. */
    private void allEnterAnotherEpoch() throws MlsException {
        SecretView before = SecretView.of(a);
        Bytes removal = a.commit().remove(2).build().commit();
        TestClient.mergeAll(List.of(a, d), removal);
        a.closeEpochsThrough(a.epoch() - 1);
        d.closeEpochsThrough(d.epoch() - 1);
        epochIsOver("the last commit", before, 6);
        before.under("key").forEach((name, secret) -> {
            if (!view(a).holds(secret) && !view(d).holds(secret)) {
                gone("the last commit: " + name, secret);
            }
        });
        witness.kept("the last commit: init secret", view(a).get("7 init"));
        witness.kept("the last commit: leaf key", view(a).get("key 0"));
        witness.kept(
                "the last commit: root of the secret tree",
                view(a).under("7 tree").values().iterator().next());
        dave.store.apply(d.drainDelta());
        end("the last commit", alice, a);
    }

    private static SecretView view(Group group) {
        try {
            return SecretView.of(group);
        } catch (MlsException e) {
            throw new AssertionError(e);
        }
    }

    // ---- derivations, in the RFC's words ----

    private void gone(String what, byte[] secret) {
        witness.gone(what, secret);
    }

    private void gone(String what, Secret secret) {
        witness.gone(what, secret.reveal().clone());
        secret.erase();
    }

    private static byte[] expand(byte[] secret, String label, String context) {
        return take(SUITE.expandWithLabel(
                Secret.copyOf(secret), label, context.getBytes(StandardCharsets.UTF_8), SUITE.hashBytes()));
    }

    private static byte[] derive(byte[] secret, String label) {
        return take(SUITE.deriveSecret(Secret.copyOf(secret), label));
    }

    private static byte[] following(byte[] secret, int generation) {
        return take(SUITE.deriveTreeSecret(Secret.copyOf(secret), "secret", generation, SUITE.hashBytes()));
    }

    private static byte[] messageKey(byte[] secret, int generation) {
        return take(SUITE.deriveTreeSecret(
                Secret.copyOf(secret), "key", generation, SUITE.aead().keyBytes()));
    }

    private static byte[] messageNonce(byte[] secret, int generation) {
        return take(SUITE.deriveTreeSecret(Secret.copyOf(secret), "nonce", generation, Aead.NONCE_BYTES));
    }

    private static byte[] take(Secret secret) {
        byte[] bytes = secret.reveal().clone();
        secret.erase();
        return bytes;
    }

    /** The members' groups as they are at the end, which a heap walk is to look into. */
    List<Object> living() {
        return List.of(a, b, c, d, alice.store, bob.store, carol.store, dave.store);
    }
}
