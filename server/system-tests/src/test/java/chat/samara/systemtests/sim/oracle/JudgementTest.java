package chat.samara.systemtests.sim.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The judgement of what a device shows for an entry")
class JudgementTest {
    private static final UserId ALICE = new UserId("alice", new ServerName("berlin.example"));

    private static Message row(MessageBody body) {
        return new Message(
                new ChannelId(Bytes.ofHex("ab".repeat(32))),
                Optional.empty(),
                OptionalLong.of(74),
                Optional.empty(),
                false,
                0,
                MessageState.ORDERED,
                Optional.empty(),
                body);
    }

    private static MessageBody standing(MessageBody first, MessageBody then) {
        return Judgement.standsFor(row(first), row(then)).body();
    }

    @Test
    @DisplayName("goes by what was said there, though the device came in again behind it")
    void cameInBehind() {
        MessageBody said = new MessageBody.Text("said");
        assertThat(standing(said, new MessageBody.Joined())).isEqualTo(said);
        assertThat(standing(said, new MessageBody.MembersChanged(List.of(ALICE), List.of())))
                .isEqualTo(said);
    }

    @Test
    @DisplayName("lets a device come in nowhere else, and nothing unreadable be read")
    void nothingElse() {
        MessageBody unreadable = new MessageBody.Unreadable(
                UnreadableReason.EPOCH_AHEAD, UnreadableDetail.of(UnreadableDetail.Code.NOT_ALLOWED));
        MessageBody joined = new MessageBody.Joined();
        assertThat(standing(unreadable, joined)).isEqualTo(joined);
        assertThat(standing(new MessageBody.Text("said"), unreadable)).isEqualTo(unreadable);
    }

    @Test
    @DisplayName("takes what came to light with an entry for no entry")
    void cameToLight() {
        MessageBody said = new MessageBody.Text("said");
        assertThat(standing(said, new MessageBody.LookAlike(ALICE, ALICE))).isEqualTo(said);
        assertThat(standing(new MessageBody.LookAlike(ALICE, ALICE), said)).isEqualTo(said);
    }
}
