package chat.samara.systemtests.sim.adversary;

import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ClientFrame.BodyCase;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Lies in answers: receipts, errors, what a login says of where one stands, silence. */
final class AnswerLies {
    private static final long CLOCK_WRONG_MILLIS_MAX = 400L * 24 * 3600 * 1000;
    private static final int SEQ_AHEAD_MAX = 1_000;

    private static final List<ErrorCode> CODES = List.of(
            ErrorCode.MALFORMED,
            ErrorCode.UNSUPPORTED,
            ErrorCode.TOO_LARGE,
            ErrorCode.LIMIT_REACHED,
            ErrorCode.UNKNOWN_CHANNEL,
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.STALE_EPOCH,
            ErrorCode.EPOCH_EXPIRED,
            ErrorCode.GAP,
            ErrorCode.INVALID_PROOF,
            ErrorCode.PEER_UNREACHABLE,
            ErrorCode.DISK_FULL,
            ErrorCode.SHUTTING_DOWN,
            ErrorCode.IDEMPOTENCY_CONFLICT,
            ErrorCode.CHANNEL_FROZEN,
            ErrorCode.INTERNAL);

    /**
     * To these a false refusal is told. A founding or a commit that was carried out and is said to be refused is left out: its author takes
     * what the log shows then for the work of a copy of itself, and goes on under a new device key.
     */
    private static final Set<BodyCase> REFUSED = EnumSet.of(
            BodyCase.PUBLISH_KEY_PACKAGES,
            BodyCase.CLAIM_KEY_PACKAGES,
            BodyCase.QUERY_STATUS,
            BodyCase.FOLLOW,
            BodyCase.CREDIT,
            BodyCase.ACKNOWLEDGE,
            BodyCase.FETCH_WELCOMES,
            BodyCase.ACKNOWLEDGE_WELCOME,
            BodyCase.FETCH_HANDSHAKES,
            BodyCase.PING);

    /** Records that are no messages: by their keys, since a receipt does not say what it is for. */
    private final Set<ByteString> handshakes = new HashSet<>();

    List<Lie> all() {
        return List.of(
                new Lie(Happening.LIE_RECEIPT, this::receipt),
                new Lie(Happening.LIE_REFUSAL, this::refusal),
                new Lie(Happening.LIE_SILENCE, AnswerLies::silence),
                new Lie(Happening.LIE_LOGIN, AnswerLies::login),
                new Lie(Happening.LIE_HELLO, AnswerLies::hello));
    }

    /** Somebody asks; whether or not it is lied to at present. */
    void asked(ClientFrame request) {
        if (request.hasCreateChannel()) {
            handshakes.add(request.getCreateChannel().getIdempotencyKey());
        } else if (request.hasSubmit() && request.getSubmit().getKind() != RecordKind.APPLICATION) {
            handshakes.add(request.getSubmit().getIdempotencyKey());
        }
    }

    private Optional<List<ServerFrame>> receipt(Victim victim, ServerFrame frame) {
        if (!frame.hasReceipt() || handshakes.contains(frame.getReceipt().getIdempotencyKey())) {
            return Optional.empty();
        }
        Receipt.Builder receipt = frame.getReceipt().toBuilder();
        switch (victim.seed().below(4)) {
            case 0 -> receipt.setStatus(ReceiptStatus.UNKNOWN).clearSeq().clearError();
            case 1 -> receipt.setStatus(ReceiptStatus.REJECTED).clearSeq().setError(error(victim));
            case 2 ->
                receipt.setStatus(ReceiptStatus.STABLE)
                        .clearError()
                        .setSeq(1 + victim.seed().below(SEQ_AHEAD_MAX));
            default ->
                receipt.setStatus(ReceiptStatus.ORDERED)
                        .clearError()
                        .setSeq(1 + victim.seed().below(SEQ_AHEAD_MAX));
        }
        return Lie.instead(frame.toBuilder().setReceipt(receipt));
    }

    private static Error error(Victim victim) {
        return Error.newBuilder()
                .setCode(victim.seed().pick(CODES))
                .setReason("says a server that lies")
                .setExpected(victim.seed().below(SEQ_AHEAD_MAX))
                .setRetryAfterMillis(victim.seed().below(SEQ_AHEAD_MAX))
                .build();
    }

    private Optional<List<ServerFrame>> refusal(Victim victim, ServerFrame frame) {
        Optional<ClientFrame> asked = victim.asked(frame);
        boolean told = frame.getRequestId() != 0
                && asked.filter(request -> REFUSED.contains(request.getBodyCase()) || isMessage(request))
                        .filter(request ->
                                !handshakes.contains(request.getQueryStatus().getIdempotencyKey()))
                        .isPresent();
        return told
                ? Lie.instead(ServerFrame.newBuilder()
                        .setRequestId(frame.getRequestId())
                        .setError(error(victim)))
                : Optional.empty();
    }

    private static boolean isMessage(ClientFrame request) {
        return request.hasSubmit() && request.getSubmit().getKind() == RecordKind.APPLICATION;
    }

    private static Optional<List<ServerFrame>> silence(Victim victim, ServerFrame frame) {
        return frame.getRequestId() != 0 || frame.hasReceipt() ? Lie.nothing() : Optional.empty();
    }

    /** Anything but the count by which a device tells that it is a copy: to lie about that is to make it change its key. */
    private static Optional<List<ServerFrame>> login(Victim victim, ServerFrame frame) {
        if (!frame.hasLoggedIn()) {
            return Optional.empty();
        }
        LoggedIn.Builder said = frame.getLoggedIn().toBuilder();
        if (victim.seed().chance(0.5)) {
            said.setWelcomesWaiting(victim.seed().below(3));
        }
        if (victim.seed().chance(0.3)) {
            said.setKeyPackagesLeft(victim.seed().below(200));
            said.getKeyPackagesBuilderList()
                    .forEach(count -> count.setLeft(victim.seed().below(200)));
        }
        for (ChannelState.Builder channel : said.getChannelsBuilderList()) {
            channel.setSeq(Math.max(0, channel.getSeq() + victim.seed().between(-5, 50)));
            channel.setAcknowledgedSeq(
                    Math.max(0, channel.getAcknowledgedSeq() + victim.seed().between(-5, 50)));
            long next = channel.getNextDeviceSeq();
            channel.setNextDeviceSeq(Math.max(1, next - victim.seed().below(4)));
        }
        if (said.getChannelsCount() > 0 && victim.seed().chance(0.3)) {
            said.removeChannels(victim.seed().below(said.getChannelsCount()));
        }
        return Lie.instead(frame.toBuilder().setLoggedIn(said));
    }

    private static Optional<List<ServerFrame>> hello(Victim victim, ServerFrame frame) {
        if (!frame.hasServerHello()) {
            return Optional.empty();
        }
        ServerFrame.Builder said = frame.toBuilder();
        if (victim.seed().chance(0.8)) {
            said.getServerHelloBuilder()
                    .setServerTimeMillis(Math.max(
                            0,
                            frame.getServerHello().getServerTimeMillis()
                                    + victim.seed().between(-CLOCK_WRONG_MILLIS_MAX, CLOCK_WRONG_MILLIS_MAX)));
        } else {
            said.getServerHelloBuilder()
                    .setChallenge(Bits.flipped(frame.getServerHello().getChallenge(), victim.seed()));
        }
        return Lie.instead(said);
    }
}
