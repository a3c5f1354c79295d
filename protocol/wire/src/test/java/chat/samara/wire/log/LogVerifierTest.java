package chat.samara.wire.log;

import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BERLIN_KEY;
import static chat.samara.wire.Samples.GENESIS;
import static chat.samara.wire.Samples.TIME_MILLIS;
import static chat.samara.wire.Samples.TUNIS;
import static chat.samara.wire.Samples.TUNIS_KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.Refusal;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.SigningLabel;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.SignedHead;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A hub writes a log, a reader checks it; and every way in which the log could be wrong is refused. */
class LogVerifierTest {
    private static final Map<ServerName, Bytes> KEYS =
            Map.of(BERLIN, BERLIN_KEY.publicKey(), TUNIS, TUNIS_KEY.publicKey());
    private static final LogPosition START = LogPosition.start(GENESIS.channel());

    private final LogVerifier verifier =
            new LogVerifier(GENESIS.hubRootKey(), origin -> Optional.ofNullable(KEYS.get(origin)));
    private final List<Entry> entries = new ArrayList<>();
    private final List<LogEntry> log = new ArrayList<>();

    LogVerifierTest() {
        append(Samples.genesisRecord(), BERLIN_KEY);
        for (int i = 1; i <= 4; i++) {
            append(Samples.message(i), TUNIS_KEY);
        }
    }

    @Test
    void aReaderTakesTheWholeLogWithItsHead() throws RefusedException {
        LogVerifier.Verified verified = verifier.verify(START, in(log), Optional.of(head(5)));

        assertThat(verified.entries()).isEqualTo(entries);
        assertThat(verified.position()).isEqualTo(entries.get(4).position());
        assertThat(verified.head().orElseThrow().head().position()).isEqualTo(verified.position());
    }

    @Test
    void aReaderGoesOnFromWhereItIs() throws RefusedException {
        LogPosition two =
                verifier.verify(START, in(log.subList(0, 2)), Optional.empty()).position();

        assertThat(verifier.verify(two, in(log.subList(2, 5)), Optional.of(head(5)))
                        .position())
                .isEqualTo(entries.get(4).position());
    }

    @Test
    void aHeadAloneTellsAReaderThatItHasEverything() throws RefusedException {
        LogPosition five = entries.get(4).position();

        assertThat(verifier.verify(five, List.of(), Optional.of(head(5))).head())
                .isPresent();
    }

    @Test
    void whatIsPassedOnHasTheSameBytes() throws RefusedException {
        for (int i = 0; i < log.size(); i++) {
            EntryIn in = EntryIn.decode(Protobuf.encode(log.get(i)));
            assertThat(in.toProto()).isEqualTo(log.get(i));
            assertThat(in.trustStored().hash()).isEqualTo(entries.get(i).hash());
        }
    }

    @Test
    void aGapIsRefusedWithTheNumberThatIsWanted() {
        Refusal refusal = Refused.by(() -> verifier.verify(START, in(log.subList(1, 3)), Optional.empty()));

        assertThat(refusal.code()).isEqualTo(ErrorCode.GAP);
        assertThat(refusal.expected()).isEqualTo(1);
    }

    @Test
    void aRepeatedEntryIsRefused() {
        assertThat(Refused.by(() -> verifier.verify(START, in(List.of(log.get(0), log.get(0))), Optional.empty()))
                        .code())
                .isEqualTo(ErrorCode.GAP);
    }

    @Test
    void anEntryThatFollowsOnAnotherIsRefused() {
        Entry other = entries.get(0).position().append(Samples.message(9), TIME_MILLIS);
        Entry third = other.position().append(Samples.message(2), TIME_MILLIS);
        LogEntry forged = third.toProto(proof(Samples.message(2), TUNIS_KEY));

        assertThat(Refused.by(() ->
                                verifier.verify(START, in(List.of(log.get(0), log.get(1), forged)), Optional.empty()))
                        .detail())
                .isEqualTo("entry-chain");
    }

    @Test
    void anEntryOfAnotherTermIsRefused() {
        LogPosition position = entries.get(0).position();
        LogPosition usurped = new LogPosition(position.channel(), 2, position.seq(), position.entryHash());
        LogEntry entry = usurped.append(Samples.message(1), TIME_MILLIS).toProto(proof(Samples.message(1), TUNIS_KEY));

        assertThat(Refused.by(() -> verifier.verify(position, in(List.of(entry)), Optional.empty()))
                        .detail())
                .isEqualTo("entry-term");
    }

    @Test
    void anEntryOfAnotherChannelIsRefused() {
        ChannelId other = new ChannelId(Samples.filled(32, 1));

        assertThat(Refused.by(() -> verifier.verify(LogPosition.start(other), in(log), Optional.empty()))
                        .detail())
                .isEqualTo("entry-channel");
    }

    @Test
    void theHubCannotOrderARecordOfAnotherChannel() {
        assertThatThrownBy(() ->
                        LogPosition.start(new ChannelId(Samples.filled(32, 1))).append(Samples.message(1), TIME_MILLIS))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRecordThatItsOriginDidNotSignIsRefusedWhereTheKeyIsKnown() throws RefusedException {
        LogEntry forged = entries.get(4).toProto(proof(Samples.message(4), BERLIN_KEY));
        List<LogEntry> changed = new ArrayList<>(log);
        changed.set(4, forged);

        assertThat(Refused.by(() -> verifier.verify(START, in(changed), Optional.empty()))
                        .detail())
                .isEqualTo("record-proof");
        assertThat(LogVerifier.ofHub(BERLIN_KEY.publicKey())
                        .verify(START, in(changed), Optional.of(head(5)))
                        .position())
                .isEqualTo(entries.get(4).position());
    }

    @Test
    void aForgedRecordBehindAGoodOneOfTheSameBatchIsRefused() {
        BatchSigner signer = new BatchSigner();
        int place = signer.add(Samples.message(1));
        BatchSigner.Signed signed = signer.sign(TUNIS_KEY);
        Entry second = entries.get(0).position().append(Samples.message(1), TIME_MILLIS);
        Entry third = second.position().append(Samples.message(2), TIME_MILLIS);
        List<LogEntry> forged = List.of(second.toProto(signed.proof(place)), third.toProto(signed.proof(place)));

        assertThat(Refused.by(() -> verifier.verify(entries.get(0).position(), in(forged), Optional.empty()))
                        .detail())
                .isEqualTo("record-proof");
    }

    @Test
    void aHeadThatTheHubDidNotSignIsRefused() {
        HeadIn forged = headIn(sign(Head.of(entries.get(4).position(), 5), TUNIS_KEY));

        assertThat(Refused.by(() -> verifier.verify(START, in(log), Optional.of(forged)))
                        .detail())
                .isEqualTo("head-proof");
    }

    @Test
    void aHeadThatSpeaksOfAnotherEntryFreezesTheChannel() {
        Entry other = entries.get(3).position().append(Samples.message(9), TIME_MILLIS);
        HeadIn fork = headIn(sign(Head.of(other.position(), 0), BERLIN_KEY));

        assertThat(Refused.by(() -> verifier.verify(START, in(log), Optional.of(fork)))
                        .code())
                .isEqualTo(ErrorCode.CHANNEL_FROZEN);
        assertThat(Refused.by(() -> verifier.verify(entries.get(4).position(), List.of(), Optional.of(fork)))
                        .code())
                .isEqualTo(ErrorCode.CHANNEL_FROZEN);
    }

    @Test
    void aHeadOfAnotherChannelIsRefused() {
        LogPosition elsewhere = new LogPosition(new ChannelId(Samples.filled(32, 1)), 1, 5, Samples.filled(32, 2));
        HeadIn head = headIn(sign(Head.of(elsewhere, 0), BERLIN_KEY));

        assertThat(Refused.by(() -> verifier.verify(START, in(log), Optional.of(head)))
                        .detail())
                .isEqualTo("head-channel");
    }

    @Test
    void aRecordsProofIsNoProofOfAHeadWithTheSameBytes() {
        Head head = Head.of(entries.get(4).position(), 5);
        Bytes asRecord = MerkleTree.leafHash(SigningLabel.RECORD, head.encoded());

        assertThat(asRecord).isNotEqualTo(head.leafHash());
    }

    @Test
    void anEntryIsRefusedWithAnySingleBitFlipped() throws RefusedException {
        LogPosition before = entries.get(3).position();
        Optional<HeadIn> head = Optional.of(head(5));

        Refused.forEveryBitFlip(
                Protobuf.encode(log.get(4)),
                changed -> verifier.verify(before, List.of(EntryIn.decode(changed)), head));
    }

    @Test
    void aHeadIsRefusedWithAnySingleBitFlipped() throws RefusedException {
        SignedHead head = sign(Head.of(entries.get(4).position(), 5), BERLIN_KEY);

        Refused.forEveryBitFlip(
                Protobuf.encode(head), changed -> HeadIn.decode(changed).verify(BERLIN_KEY.publicKey()));
    }

    @Test
    void anyOtherOrderOfTheEntriesIsRefused() {
        long seed = 6;
        Random random = new Random(seed);
        for (int run = 0; run < 100; run++) {
            List<LogEntry> shuffled = new ArrayList<>(log);
            Collections.shuffle(shuffled, random);
            if (!shuffled.equals(log)) {
                Refused.by(() -> verifier.verify(START, in(shuffled), Optional.empty()));
            }
        }
    }

    @Test
    void randomBytesAreRefusedAndNothingEscapes() {
        Refused.orFineForRandomBytes(7, 20_000, Protobuf.encode(log.get(4)), changed -> EntryIn.decode(changed));
        Refused.orFineForRandomBytes(
                8,
                20_000,
                Protobuf.encode(sign(Head.of(entries.get(4).position(), 5), BERLIN_KEY)),
                changed -> HeadIn.decode(changed));
    }

    @Test
    void aHeadBeforeTheFirstEntryOrStableBeyondTheLastIsNotMade() {
        assertThatThrownBy(() -> Head.of(START, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Head.of(entries.get(0).position(), 2)).isInstanceOf(IllegalArgumentException.class);
    }

    private void append(Record record, SignatureKeyPair origin) {
        LogPosition end =
                entries.isEmpty() ? START : entries.get(entries.size() - 1).position();
        Entry entry = end.append(record, TIME_MILLIS + entries.size());
        entries.add(entry);
        log.add(entry.toProto(proof(record, origin)));
    }

    private HeadIn head(int seq) {
        return headIn(sign(Head.of(entries.get(seq - 1).position(), seq), BERLIN_KEY));
    }

    private static SignedHead sign(Head head, SignatureKeyPair key) {
        BatchSigner signer = new BatchSigner();
        signer.add(Samples.message(77));
        int place = signer.add(head);
        return new ProvenHead(head, signer.sign(key).proof(place)).toProto();
    }

    private static Proof proof(Record record, SignatureKeyPair key) {
        BatchSigner signer = new BatchSigner();
        int place = signer.add(record);
        return signer.sign(key).proof(place);
    }

    private static HeadIn headIn(SignedHead head) {
        try {
            return HeadIn.of(head);
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<EntryIn> in(List<LogEntry> entries) throws RefusedException {
        List<EntryIn> in = new ArrayList<>();
        for (LogEntry entry : entries) {
            in.add(EntryIn.of(entry));
        }
        return in;
    }
}
