package chat.samara.wire.frame;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.Acknowledge;
import chat.samara.wire.proto.ChannelCursor;
import chat.samara.wire.proto.ClaimKeyPackages;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Credit;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Follow;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Ping;
import chat.samara.wire.proto.PublishKeyPackages;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class FramesTest {
    @TestFactory
    Stream<DynamicTest> everySampleFrameIsReadAsItWasWritten() {
        return Stream.of(
                        FrameSamples.client().entrySet().stream()
                                .map(sample -> DynamicTest.dynamicTest(
                                        "client " + sample.getKey(),
                                        () -> assertThat(ClientFrames.decode(FrameCodec.body(sample.getValue())))
                                                .isEqualTo(sample.getValue()))),
                        FrameSamples.server().entrySet().stream()
                                .map(sample -> DynamicTest.dynamicTest(
                                        "server " + sample.getKey(),
                                        () -> assertThat(ServerFrames.decode(FrameCodec.body(sample.getValue())))
                                                .isEqualTo(sample.getValue()))),
                        FrameSamples.peer().entrySet().stream()
                                .map(sample -> DynamicTest.dynamicTest(
                                        "peer " + sample.getKey(),
                                        () -> assertThat(PeerFrames.decode(FrameCodec.body(sample.getValue())))
                                                .isEqualTo(sample.getValue()))))
                .flatMap(tests -> tests);
    }

    private static PeerFrame sample(String name) {
        return Objects.requireNonNull(FrameSamples.peer().get(name), name);
    }

    @Test
    void aFrameThatIsMadeOfEncodedPartsIsThatOfTheWholeMessage() throws MalformedFrameException {
        PeerFrame answer = sample("entries");
        byte[] encodedAnswer = PeerFrames.entriesAnswer(answer.getRequestId(), Protobuf.encode(answer.getEntries()))
                .toByteArray();
        assertThat(encodedAnswer).isEqualTo(FrameCodec.body(answer));
        assertThat(PeerFrames.read(encodedAnswer).entries())
                .hasSize(answer.getEntries().getEntriesCount());

        PeerFrame push = sample("submit_records");
        List<Bytes> records = push.getSubmitRecords().getRecordsList().stream()
                .map(Protobuf::encode)
                .toList();
        byte[] encodedPush = PeerFrames.submitRecords(records).toByteArray();
        assertThat(encodedPush).isEqualTo(FrameCodec.body(push));
        assertThat(PeerFrames.read(encodedPush).records()).hasSize(records.size());
    }

    @Test
    void entriesBesideAHintAreCheckedAsThoseOfAnAnswer() {
        PeerFrame.Builder hint = sample("head_hint").toBuilder();
        hint.getHeadHintBuilder().addEntries(LogEntry.getDefaultInstance());
        assertThat(Refused.by(() -> PeerFrames.decode(FrameCodec.body(hint.build())))
                        .detail())
                .isEqualTo("LogEntry.origin_proof");
    }

    @Test
    void thereIsASampleOfEveryBody() {
        assertThat(FrameSamples.client().values().stream().map(ClientFrame::getBodyCase))
                .containsAll(without(ClientFrame.BodyCase.values(), ClientFrame.BodyCase.BODY_NOT_SET));
        assertThat(FrameSamples.server().values().stream().map(ServerFrame::getBodyCase))
                .containsAll(without(ServerFrame.BodyCase.values(), ServerFrame.BodyCase.BODY_NOT_SET));
        assertThat(FrameSamples.peer().values().stream().map(PeerFrame::getBodyCase))
                .containsAll(without(PeerFrame.BodyCase.values(), PeerFrame.BodyCase.BODY_NOT_SET));
    }

    @TestFactory
    Stream<DynamicTest> randomlyChangedFramesAreRefusedAndNothingElseEscapes() {
        return Stream.of(
                        fuzz("client", FrameSamples.client(), bytes -> ClientFrames.decode(bytes.toByteArray())),
                        fuzz("server", FrameSamples.server(), bytes -> ServerFrames.decode(bytes.toByteArray())),
                        fuzz("peer", FrameSamples.peer(), bytes -> PeerFrames.decode(bytes.toByteArray())))
                .flatMap(tests -> tests);
    }

    @Test
    void anUnknownBodyIsUnsupportedAndCanBeAnswered() {
        byte[] frame = Bytes.ofHex("0807" + "fa0700").toByteArray();

        assertThat(refusedClient(frame).code()).isEqualTo(ErrorCode.UNSUPPORTED);
        assertThat(refusedClient(frame).requestId()).isEqualTo(7);
    }

    @Test
    void unknownFieldsOfALaterVersionAreIgnored() throws RefusedException {
        ClientFrame ping = sample(FrameSamples.client(), "ping");
        byte[] frame =
                Bytes.concat(Protobuf.encode(ping), Bytes.ofHex("f80701")).toByteArray();

        assertThat(ClientFrames.decode(frame).getPing()).isEqualTo(Ping.getDefaultInstance());
    }

    @Test
    void aRequestWithoutAnIdIsMalformed() {
        MalformedFrameException refused = refusedClient(FrameCodec.body(
                ClientFrame.newBuilder().setPing(Ping.getDefaultInstance()).build()));

        assertThat(refused.code()).isEqualTo(ErrorCode.MALFORMED);
        assertThat(refused.requestId()).isZero();
    }

    @Test
    void anAnswerThatCannotBeReadIsNotAnsweredInTurn() {
        PeerFrame answer = PeerFrame.newBuilder()
                .setRequestId(3)
                .setAnswer(true)
                .setRecordReceipts(RecordReceipts.newBuilder().addReceipts(RecordReceipt.getDefaultInstance()))
                .build();

        try {
            PeerFrames.decode(FrameCodec.body(answer));
        } catch (MalformedFrameException e) {
            assertThat(e.requestId()).isZero();
            return;
        }
        Assertions.fail("accepted");
    }

    @Test
    void aFrameOfManyTinyElementsIsRefusedBeforeItIsDecoded() {
        ClientFrame many = ClientFrame.newBuilder()
                .setRequestId(1)
                .setAcknowledge(Acknowledge.newBuilder()
                        .addAllCursors(
                                Collections.nCopies(Limits.FRAME_ELEMENTS_MAX, ChannelCursor.getDefaultInstance())))
                .build();

        assertThat(refusedClient(FrameCodec.body(many)).refusal().detail()).startsWith("frame elements");
    }

    @Test
    void clientFieldsOfTheWrongFormAreRefusedByName() {
        Submit submit = sample(FrameSamples.client(), "submit").getSubmit();

        refused("Submit.channel_id", submit.toBuilder().setChannelId(bytes(5)).build());
        refused(
                "Submit.idempotency_key",
                submit.toBuilder().clearIdempotencyKey().build());
        refused("Submit.device_seq", submit.toBuilder().clearDeviceSeq().build());
        refused("Submit.payload", submit.toBuilder().clearPayload().build());
        refused("Submit.epoch", submit.toBuilder().setEpoch(-1).build());
        refused("Submit.kind", submit.toBuilder().setKind(RecordKind.CONTROL).build());
        refused(
                "Submit.payload<=" + Limits.APPLICATION_PAYLOAD_BYTES_MAX,
                submit.toBuilder()
                        .setPayload(bytes(Limits.APPLICATION_PAYLOAD_BYTES_MAX + 1))
                        .build());
        refused(
                "Credit.credit_bytes<=" + Limits.CREDIT_BYTES_MAX,
                ClientFrame.newBuilder().setCredit(Credit.newBuilder().setCreditBytes(-1)));
        refused(
                "ChannelCursor.after_seq",
                ClientFrame.newBuilder()
                        .setFollow(Follow.newBuilder()
                                .addCursors(ChannelCursor.newBuilder()
                                        .setChannelId(bytes(32))
                                        .setAfterSeq(-1))));
        refused(
                "Follow.cursors<=" + Limits.CHANNELS_PER_FRAME_MAX,
                ClientFrame.newBuilder()
                        .setFollow(Follow.newBuilder()
                                .addAllCursors(Collections.nCopies(
                                        Limits.CHANNELS_PER_FRAME_MAX + 1, ChannelCursor.getDefaultInstance()))));
        refused(
                "bidi-control",
                ClientFrame.newBuilder()
                        .setClaimKeyPackages(ClaimKeyPackages.newBuilder().setUserId("a\u202E@b")));
        refused(
                "PublishKeyPackages.key_packages<=" + Limits.KEY_PACKAGE_BYTES_MAX,
                ClientFrame.newBuilder()
                        .setPublishKeyPackages(PublishKeyPackages.newBuilder()
                                .addKeyPackages(bytes(Limits.KEY_PACKAGE_BYTES_MAX + 1))));
    }

    @Test
    void aReceiptMustSayWhatItsStatusNeeds() {
        Receipt good = sample(FrameSamples.server(), "receipt").getReceipt();

        refusedReceipt("Receipt.seq", good.toBuilder().clearSeq().build());
        refusedReceipt(
                "Receipt.error",
                good.toBuilder().setStatus(ReceiptStatus.REJECTED).build());
        refusedReceipt("", good.toBuilder().setStatusValue(99).build());
    }

    @Test
    void aSharedChannelWithEntriesHasAHashAndOneWithoutHasNone() {
        SharedChannel good = sample(FrameSamples.peer(), "shared_channels")
                .getSharedChannels()
                .getChannels(0);

        refusedShared(
                "SharedChannel.entry_hash", good.toBuilder().clearEntryHash().build());
        refusedShared("SharedChannel.entry_hash", good.toBuilder().setSeq(0).build());
        refusedShared("SharedChannel.term", good.toBuilder().clearTerm().build());
    }

    @Test
    void theLargestRecordOfAnyKindFitsIntoAClientFrame() {
        assertThat(Limits.LOG_ENTRY_BYTES_MAX + Limits.SIGNED_HEAD_BYTES_MAX + 100)
                .isLessThanOrEqualTo(Limits.CLIENT_FRAME_BYTES_MAX);
        assertThat(Limits.DEVICES_PER_MEMBER_MAX * (Limits.KEY_PACKAGE_BYTES_MAX + 64))
                .isLessThan(Limits.CLIENT_FRAME_BYTES_MAX);
        assertThat(Limits.KEY_PACKAGES_PER_PUBLISH_MAX * (Limits.KEY_PACKAGE_BYTES_MAX + 8))
                .isLessThan(Limits.CLIENT_FRAME_BYTES_MAX);
    }

    private static <F> F sample(Map<String, F> samples, String name) {
        return Objects.requireNonNull(samples.get(name), name);
    }

    private static void refused(String detail, Submit submit) {
        refused(detail, ClientFrame.newBuilder().setSubmit(submit));
    }

    private static void refused(String detail, ClientFrame.Builder frame) {
        MalformedFrameException refused =
                refusedClient(FrameCodec.body(frame.setRequestId(5).build()));
        assertThat(refused.refusal().detail()).isEqualTo(detail);
        assertThat(refused.requestId()).isEqualTo(5);
    }

    private static void refusedReceipt(String detail, Receipt receipt) {
        byte[] frame =
                FrameCodec.body(ServerFrame.newBuilder().setReceipt(receipt).build());
        assertThat(Refused.by(() -> ServerFrames.decode(frame)).detail()).isEqualTo(detail);
    }

    private static void refusedShared(String detail, SharedChannel channel) {
        byte[] frame = FrameCodec.body(PeerFrame.newBuilder()
                .setSharedChannels(SharedChannels.newBuilder().addChannels(channel))
                .build());
        assertThat(Refused.by(() -> PeerFrames.decode(frame)).detail()).isEqualTo(detail);
    }

    private static MalformedFrameException refusedClient(byte[] frame) {
        try {
            ClientFrames.decode(frame);
        } catch (MalformedFrameException e) {
            return e;
        }
        throw new AssertionError("accepted, expected a refusal");
    }

    private static Stream<DynamicTest> fuzz(
            String name, Map<String, ? extends MessageLite> samples, Refused.Reading reading) {
        return samples.entrySet().stream()
                .map(sample -> DynamicTest.dynamicTest(
                        name + " " + sample.getKey(),
                        () -> Refused.orFineForRandomBytes(12, 2000, Protobuf.encode(sample.getValue()), reading)));
    }

    private static <E> List<E> without(E[] all, E unwanted) {
        return Stream.of(all).filter(one -> one != unwanted).toList();
    }

    private static ByteString bytes(int size) {
        return ByteString.copyFrom(new byte[size]);
    }
}
