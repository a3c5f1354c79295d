package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.client.channel.MessageId;
import chat.samara.client.content.ContentCodec;
import chat.samara.client.content.ContentException;
import chat.samara.client.content.MessageContent;
import chat.samara.client.content.PackedContent;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.evidence.MessageEvidence;
import chat.samara.client.evidence.ProvenMessage;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredProof;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.Member;
import chat.samara.mls.group.SignedMessage;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.message.MessageContext;
import chat.samara.wire.proto.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code evidence-1.bin} was handed over by alice, of "a golden word" that bob said; a change that makes it unreadable breaks what people have in their hands. */
@DisplayName("The evidence of a message")
class EvidenceTest {
    private static final ChannelId GOLDEN_CHANNEL =
            new ChannelId(Bytes.ofHex("c1af3ab56a1212586951b6042872cdb9e6d003aede36977d73c68fc6488c35a2"));

    private final Village village = new Village(12);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident carol = village.join("carol");
    private final ChannelId square = alice.create("square");

    @BeforeEach
    void together() {
        alice.add(square, bob);
        alice.add(square, carol);
        village.pass(1_000);
    }

    private static MessageId said(Resident by, ChannelId channel, String text) {
        return ((Outcome.Queued) by.send(channel, text)).id();
    }

    private static MessageEvidence evidence(Resident of, ChannelId channel, MessageId id) {
        return of.engine().evidence(channel, id).orElseThrow();
    }

    private static String textOf(ProvenMessage proven) {
        return ((MessageContent.Text) proven.content().content()).text();
    }

    @Test
    @DisplayName("is the same at everybody who read it and at who said it, and says who said what, in which epoch")
    void proves() throws RefusedException {
        MessageId id = said(bob, square, "meet me at the well");
        MessageEvidence evidence = evidence(alice, square, id);
        assertThat(evidence(carol, square, id)).isEqualTo(evidence);
        assertThat(evidence(bob, square, id)).isEqualTo(evidence);
        assertThat(MessageEvidence.decode(evidence.encode())).isEqualTo(evidence);
        ProvenMessage proven = evidence.verify(square);
        assertThat(textOf(proven)).isEqualTo("meet me at the well");
        assertThat(proven.author()).isEqualTo(bob.user());
        assertThat(proven.id()).isEqualTo(id);
        assertThat(proven.epoch())
                .isEqualTo(alice.engine().channel(square).orElseThrow().epoch());
        assertThat(proven.identityKey())
                .isEqualTo(alice.engine().identityKeys(bob.user()).get(0).identityKey());
    }

    @Test
    @DisplayName(
            "is there of each of many messages, epochs and devices, also once its author is gone and after a restart")
    void stays() throws RefusedException {
        Map<MessageId, String> said = new LinkedHashMap<>();
        for (int epoch = 0; epoch < 3; epoch++) {
            for (Resident each : village.residents.values()) {
                String text = each.name + " in " + epoch;
                said.put(said(each, square, text), text);
            }
            alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), square));
            village.pass(1_000);
        }
        alice.remove(square, bob);
        village.pass(1_000);
        carol.stop();
        carol.start();
        village.pass(1_000);
        for (Map.Entry<MessageId, String> each : said.entrySet()) {
            assertThat(textOf(evidence(carol, square, each.getKey()).verify(square)))
                    .isEqualTo(each.getValue());
        }
        assertThat(carol.store.size(DeviceTable.AUTHOR)).isEqualTo(3);
    }

    @Test
    @DisplayName("is there of what came before its place, as soon as that is there")
    void provisional() throws RefusedException {
        village.server.hubIsCut = true;
        MessageId early = said(bob, square, "before its place");
        assertThat(alice.pendingTexts(square)).containsExactly("before its place");
        assertThat(alice.engine().evidence(square, early)).isEmpty();
        village.server.reachHub();
        village.pass(1_000);
        assertThat(alice.texts(square)).contains("before its place");
        assertThat(textOf(evidence(alice, square, early).verify(square))).isEqualTo("before its place");
        assertThat(evidence(bob, square, early)).isEqualTo(evidence(alice, square, early));
    }

    @Test
    @DisplayName("that lies is refused: another author, text, epoch, channel, context or certificate")
    void lies() throws RefusedException, ContentException {
        ChannelId other = alice.create("other");
        alice.add(other, bob);
        village.pass(1_000);
        MessageEvidence elsewhere = evidence(alice, other, said(bob, other, "yes"));
        MessageEvidence early = evidence(alice, square, said(bob, square, "yes"));
        alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), square));
        village.pass(1_000);
        MessageEvidence said = evidence(alice, square, said(bob, square, "no"));
        MessageEvidence byCarol = evidence(alice, square, said(carol, square, "perhaps"));
        PackedContent made = PackedContent.of(
                Bytes.of(ContentCodec.text("yes", village.now, village.random()).packed()));

        Map<String, MessageEvidence> lies = new LinkedHashMap<>();
        lies.put("evidence-signature of another author", with(said, said.content(), byCarol));
        lies.put("evidence-signature of a text that was made up", with(said, made, said));
        lies.put("evidence-signature of what was said in another epoch", of(early.groupContext(), said));
        lies.put("evidence-channel of a context of another channel", of(elsewhere.groupContext(), said));
        lies.put(
                "device-certificate of somebody else",
                new MessageEvidence(
                        said.groupContext(),
                        said.senderLeaf(),
                        said.authenticatedData(),
                        said.content(),
                        said.signature(),
                        said.signatureKey(),
                        byCarol.certificate()));
        lies.put("evidence-context that is none", of(Bytes.ofUtf8("context"), said));
        lies.forEach((what, lie) -> assertRefused(what, lie, square));
        assertRefused("evidence-channel of what was said elsewhere", elsewhere, square);
        said.verify(square);
    }

    /** With the content of one and the author of another. */
    private static MessageEvidence with(MessageEvidence said, PackedContent content, MessageEvidence author) {
        return new MessageEvidence(
                said.groupContext(),
                author.senderLeaf(),
                said.authenticatedData(),
                content,
                said.signature(),
                author.signatureKey(),
                author.certificate());
    }

    private static MessageEvidence of(Bytes groupContext, MessageEvidence said) {
        return new MessageEvidence(
                groupContext,
                said.senderLeaf(),
                said.authenticatedData(),
                said.content(),
                said.signature(),
                said.signatureKey(),
                said.certificate());
    }

    private static void assertRefused(String what, MessageEvidence lie, ChannelId channel) {
        assertThatExceptionOfType(RefusedException.class)
                .as(what)
                .isThrownBy(() -> lie.verify(channel))
                .satisfies(refused -> {
                    assertThat(refused.refusal().code()).as(what).isEqualTo(ErrorCode.INVALID_PROOF);
                    assertThat(refused.refusal().detail()).as(what).isEqualTo(what.substring(0, what.indexOf(' ')));
                });
    }

    @Test
    @DisplayName(
            "whose author has signed a tag that does not commit to the content is refused, though the signature is right")
    void falseTag() throws RefusedException, ContentException, MlsException {
        MessageEvidence truth = evidence(alice, square, said(bob, square, "the truth"));
        Group bobs = GroupVault.load(bob.store, square, village.random(), InstantSource.system())
                .orElseThrow();
        Bytes packed = Bytes.of(
                ContentCodec.text("a lie", village.now, village.random()).packed());
        SignedMessage signed = bobs.protectSigned(
                packed.toByteArray(), truth.authenticatedData().toByteArray());
        MessageEvidence lie = new MessageEvidence(
                truth.groupContext(),
                signed.senderLeaf(),
                truth.authenticatedData(),
                PackedContent.of(packed),
                signed.signature(),
                truth.signatureKey(),
                truth.certificate());
        assertRefused("franking-tag of another text", lie, square);
    }

    @Test
    @DisplayName("with any byte changed is refused, and never anything but that")
    void anyByte() throws RefusedException {
        byte[] encoded = evidence(alice, square, said(bob, square, "word for word"))
                .encode()
                .toByteArray();
        for (int at = 0; at < encoded.length; at++) {
            byte[] changed = encoded.clone();
            changed[at] ^= 1;
            int place = at;
            assertThatExceptionOfType(RefusedException.class)
                    .as("byte %d", place)
                    .isThrownBy(() -> MessageEvidence.decode(Bytes.of(changed)).verify(square));
        }
    }

    @Test
    @DisplayName("is erased with its channel, with what is kept of its epochs and authors")
    void forgotten() {
        MessageId id = said(bob, square, "nothing of this stays");
        alice.remove(square, carol);
        village.pass(1_000);
        assertThat(carol.store.size(DeviceTable.EPOCH)).isPositive();
        assertThat(carol.engine().evidence(square, id)).isPresent();
        carol.holdGoingOn = true;
        carol.command(new DeviceEvent.ForgetChannel(carol.nextCommand(), square));
        assertThat(carol.engine().evidence(square, id))
                .as("while it is being forgotten")
                .isEmpty();
        carol.holdGoingOn = false;
        village.pass(1_000);
        assertThat(carol.store.size(DeviceTable.EPOCH)).isZero();
        assertThat(carol.store.size(DeviceTable.AUTHOR)).isZero();
        assertThat(carol.engine().evidence(square, id)).isEmpty();
    }

    @Test
    @DisplayName("of two commits that both led to one epoch, of which one was taken back, tells the two apart")
    void twoContexts() {
        LiveChannel channel = LiveChannel.of(Stored.parse(
                StoredChannel.parser(),
                alice.store.get(DeviceTable.CHANNEL, Keys.channel(square)).orElseThrow()));
        StoredMessage row = HistoryBook.find(new StoreTransaction(alice.store), square, said(bob, square, "in both"))
                .orElseThrow();
        StoredProof proof = row.getSaid().getProof();
        Turn turn = new Turn(alice.store, new Now(1, 1), new LookAlikes(alice.store));
        Group group = GroupVault.load(alice.store, square, village.random(), InstantSource.system())
                .orElseThrow();
        Member author = group.members().get(1);
        ProofRows.Signed signed = new ProofRows.Signed(
                Stored.bytes(proof.getSignature()),
                new MessageContext(Bytes.of(new byte[32]), 1, Bytes.of(new byte[16])));
        Bytes truth = group.groupContext(group.epoch()).orElseThrow();
        for (Bytes context : List.of(Bytes.ofUtf8("another"), truth, Bytes.ofUtf8("another"))) {
            int expected = context.equals(truth) ? 0 : 1;
            assertThat(ProofRows.keep(turn, channel, Optional.of(context), group.epoch(), signed, author))
                    .hasValueSatisfying(kept -> assertThat(kept.getContext()).isEqualTo(expected));
        }
    }

    @Test
    @DisplayName("that an earlier version handed over is still verified")
    void golden() throws IOException, RefusedException {
        try (InputStream in = EvidenceTest.class.getResourceAsStream("evidence-1.bin")) {
            if (in == null) {
                throw new AssertionError("the golden file evidence-1.bin is missing");
            }
            Bytes encoded = Bytes.of(in.readAllBytes());
            MessageEvidence evidence = MessageEvidence.decode(encoded);
            assertThat(evidence.encode()).isEqualTo(encoded);
            ProvenMessage proven = evidence.verify(GOLDEN_CHANNEL);
            assertThat(textOf(proven)).isEqualTo("a golden word");
            assertThat(proven.author()).hasToString("bob@home.example");
        }
    }

    /** Writes the golden file of a new version, and prints its channel. */
    public static void main(String[] arguments) throws IOException {
        EvidenceTest test = new EvidenceTest();
        test.together();
        MessageEvidence evidence = evidence(test.alice, test.square, said(test.bob, test.square, "a golden word"));
        Files.write(Path.of(arguments[0]), evidence.encode().toByteArray());
        System.out.println(test.square);
    }
}
