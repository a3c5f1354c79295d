package chat.samara.systemtests.sim.oracle;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.ClientEvent;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The book of what applications are told")
class TellingBookTest {
    private static final ChannelId CHANNEL = new ChannelId(Bytes.ofHex("ab".repeat(32)));
    private static final MessageId MESSAGE =
            new MessageId(new DeviceId(Bytes.ofHex("cd".repeat(16))), new IdempotencyKey(Bytes.ofHex("ef".repeat(16))));

    private final LogBook logs = new LogBook();
    private final TellingBook book = new TellingBook(
            logs, new MembershipBook(logs), new SubmissionBook(), host -> List.of("cd".repeat(16)), () -> new Liars() {
                @Override
                public boolean everLiedTo(String host) {
                    return host.equals("device-bob");
                }
            });

    private static ClientEvent own(MessageState state) {
        return new ClientEvent.MessageStateChanged(
                CHANNEL, MESSAGE, true, state, OptionalLong.empty(), Optional.empty());
    }

    @Test
    @DisplayName(
            "notices what was in the log and is not, but at a device that was lied to; and never lets go what was stable")
    void takenBack() {
        book.told("device-bob", own(MessageState.ORDERED));
        book.told("device-bob", own(MessageState.STORED));
        book.told("device-bob", own(MessageState.STABLE));
        assertThatThrownBy(() -> book.told("device-bob", own(MessageState.STORED)))
                .isInstanceOf(InvariantViolation.class)
                .hasMessageContaining("having said STABLE");
        book.told("device-alice", own(MessageState.ORDERED));
        assertThatThrownBy(() -> book.told("device-alice", own(MessageState.STORED)))
                .isInstanceOf(InvariantViolation.class)
                .hasMessageContaining("having said ORDERED");
    }

    @Test
    @DisplayName("lets an own message be refused again that only a lie had put into the log, and no other")
    void refusedAgain() {
        book.told("device-bob", own(MessageState.REFUSED));
        book.told("device-bob", own(MessageState.ORDERED));
        book.told("device-bob", own(MessageState.REFUSED));
        ClientEvent refused = own(MessageState.REFUSED);
        book.told("device-alice", own(MessageState.REFUSED));
        book.told("device-alice", own(MessageState.ORDERED));
        assertThatThrownBy(() -> book.told("device-alice", refused)).hasMessageContaining("having said ORDERED");
        book.told("device-carol", own(MessageState.ORDERED));
        assertThatThrownBy(() -> book.told("device-carol", refused)).hasMessageContaining("having said ORDERED");
    }

    @Test
    @DisplayName(
            "lets a device say again what it said since a commit of its store that is gone, and nothing from before")
    void lastCommitLost() {
        book.told("device-alice", own(MessageState.ORDERED));
        book.committed("device-alice");
        book.told("device-alice", own(MessageState.STABLE));
        book.lastCommitLost("device-alice");
        book.told("device-alice", own(MessageState.ORDERED));
        book.committed("device-alice");
        book.lastCommitLost("device-alice");
        assertThatThrownBy(() -> book.told("device-alice", own(MessageState.STORED)))
                .hasMessageContaining("having said ORDERED");
    }

    @Test
    @DisplayName("notices a message that is said to be stable and stands in no log")
    void stableNowhere() {
        assertThatThrownBy(() -> book.told(
                        "device-alice",
                        new ClientEvent.MessageStateChanged(
                                CHANNEL, MESSAGE, true, MessageState.STABLE, OptionalLong.of(7), Optional.empty())))
                .isInstanceOf(InvariantViolation.class)
                .hasMessageContaining("what is not so");
    }

    @Test
    @DisplayName("notices a removal that no log shows")
    void removedNowhere() {
        assertThatThrownBy(() -> book.told("device-alice", new ClientEvent.RemovedFromChannel(CHANNEL, 7)))
                .isInstanceOf(InvariantViolation.class)
                .hasMessageContaining("no log shows");
    }
}
