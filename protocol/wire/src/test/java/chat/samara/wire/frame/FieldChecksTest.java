package chat.samara.wire.frame;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.wire.RefusedException;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goes through every field of every sample frame and breaks it. Whatever is accepted nevertheless must be in the lists below: so a
 * field that is added to the protocol without a check fails here.
 */
class FieldChecksTest {
    private static final ByteString NOTHING = ByteString.EMPTY;

    @Test
    void everyFieldOfBytesIsRefusedWhenItIsEmptyButThoseThatMayBe() {
        assertThat(acceptedAfter(JavaType.BYTE_STRING, value -> NOTHING))
                .containsExactly(
                        // A device may publish one-time KeyPackages only.
                        "PublishKeyPackages.last_resort",
                        // In a terse frame, of what the device itself has said.
                        "SlimEntry.device",
                        "SlimEntry.last_seen",
                        "SlimEntry.message");
    }

    @Test
    void everyIdKeyHashAndSignatureHasExactlyItsSize() {
        assertThat(acceptedAfter(
                        JavaType.BYTE_STRING, value -> ((ByteString) value).concat(ByteString.copyFrom(new byte[1]))))
                .containsExactly(
                        // Of any size up to a limit: MLS objects, and bodies that are read when their signature is
                        // checked.
                        "AcknowledgeWelcome.key_package_ref",
                        "ClaimedKeyPackage.key_package",
                        "GenesisControl.group_info",
                        "GenesisControl.ratchet_tree",
                        "GenesisControl.signed_genesis",
                        "GroupInfoAndTree.group_info",
                        "GroupInfoAndTree.ratchet_tree",
                        "LoggedIn.return_tokens",
                        "Login.login_body",
                        "PeerProof.body",
                        "PublishKeyPackages.key_packages",
                        "PublishKeyPackages.last_resort",
                        "RatchetTree.ratchet_tree",
                        "Register.login_body",
                        "ReplaceDevice.login_body",
                        "SlimEntry.last_seen",
                        "SlimEntry.message",
                        "Submit.last_seen",
                        "Submit.message",
                        "Submit.payload",
                        "WaitingWelcome.key_package_ref",
                        "WaitingWelcome.signed_genesis",
                        "WaitingWelcome.welcome");
    }

    @Test
    void everyLargeNumberIsRefusedAbove63BitsButThoseForInformation() {
        assertThat(acceptedAfter(JavaType.LONG, value -> -1L))
                .containsExactly(
                        // Refusal.of takes them as 0.
                        "Error.expected",
                        "Error.retry_after_millis",
                        // Differences, either way; what comes of them is checked when the entry is found.
                        "SlimEntry.accepted_after_millis",
                        "SlimEntry.epoch_change",
                        "SlimEntry.origin_incarnation_change",
                        "SlimEntry.origin_seq_change",
                        "SlimEntry.term_change",
                        "SlimEntry.waited_millis");
    }

    @Test
    void everyNumberIsRefusedWhenItIsZeroButThoseThatBeginThere() {
        assertThat(acceptedAfter(JavaType.LONG, value -> 0L))
                .containsExactly(
                        "ChannelCursor.after_seq",
                        "ChannelState.acknowledged_seq",
                        "ChannelState.seq",
                        "Credit.credit_bytes",
                        "Error.expected",
                        "Error.retry_after_millis",
                        "FetchHandshakes.after_seq",
                        "Follow.credit_bytes",
                        "FollowerState.drained_epoch",
                        "FollowerState.seq",
                        "Handshakes.through_seq",
                        "PeerFrame.request_id",
                        "Pull.after_seq",
                        "Pull.credit_bytes",
                        "ServerFrame.request_id",
                        "ServerHello.server_time_millis",
                        "SlimEntry.accepted_after_millis",
                        "SlimEntry.epoch_change",
                        "SlimEntry.origin_incarnation_change",
                        "SlimEntry.origin_seq_change",
                        "SlimEntry.term_change",
                        "SlimEntry.waited_millis",
                        "Submit.epoch",
                        "TerseHead.unstable");
    }

    @Test
    void everyNameIsRefusedWhenItBreaksTheRulesForNames() {
        assertThat(acceptedAfter(JavaType.STRING, value -> "No Name"))
                .containsExactly(
                        // For a program and for a person.
                        "Error.detail",
                        "Error.reason",
                        // Of a terse entry; checked when the entry is found.
                        "SlimEntry.origin");
    }

    /** "Message.field" of all that were accepted after such a change, in any frame. */
    private static Set<String> acceptedAfter(JavaType type, UnaryOperator<Object> change) {
        TreeSet<String> accepted = new TreeSet<>();
        Stream.of(
                        Map.entry((Decoder) ClientFrames::decode, FrameSamples.client()),
                        Map.entry((Decoder) ServerFrames::decode, FrameSamples.server()),
                        Map.entry((Decoder) PeerFrames::decode, FrameSamples.peer()))
                .forEach(protocol -> protocol.getValue()
                        .values()
                        .forEach(frame -> breakFields(frame, type, change, (field, broken) -> {
                            if (isAccepted(protocol.getKey(), broken)) {
                                accepted.add(field.getContainingType().getName() + "." + field.getName());
                            }
                        })));
        return accepted;
    }

    private static boolean isAccepted(Decoder decoder, Message frame) {
        try {
            decoder.decode(FrameCodec.body(frame));
            return true;
        } catch (RefusedException e) {
            return false;
        }
    }

    /** Hands out the message with one field of the type changed, for each such field in it and in the messages inside. */
    private static void breakFields(Message message, JavaType type, UnaryOperator<Object> change, Broken broken) {
        message.getAllFields().forEach((field, value) -> {
            Object first = field.isRepeated() ? ((List<?>) value).get(0) : value;
            if (field.getJavaType() == type) {
                broken.take(field, with(message, field, Objects.requireNonNull(change.apply(first))));
            } else if (field.getJavaType() == JavaType.MESSAGE) {
                breakFields(
                        (Message) first,
                        type,
                        change,
                        (inner, changed) -> broken.take(inner, with(message, field, changed)));
            }
        });
    }

    private static Message with(Message message, FieldDescriptor field, Object value) {
        Message.Builder builder = message.toBuilder();
        return (field.isRepeated() ? builder.setRepeatedField(field, 0, value) : builder.setField(field, value))
                .build();
    }

    private interface Decoder {
        Message decode(byte[] frame) throws MalformedFrameException;
    }

    private interface Broken {
        void take(FieldDescriptor field, Message frame);
    }
}
