package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredIntent;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredUnreadable;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import com.google.protobuf.Parser;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A row that a newer version has written")
class NewerRowsTest {
    private static final int UNHEARD_OF = 77;

    private final Village village = new Village(15);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final ChannelId channel = alice.create("square");

    @BeforeEach
    void talk() {
        alice.add(channel, bob);
        village.pass(1_000);
        bob.send(channel, "kept");
        village.pass(1_000);
    }

    /** Changes the last row of a table while the device is off. */
    private <B extends com.google.protobuf.Message.Builder> void change(
            DeviceTable table,
            Parser<? extends com.google.protobuf.Message> parser,
            Class<B> type,
            Consumer<B> change) {
        alice.stop();
        Bytes[] last = new Bytes[1];
        alice.store.scan(table, Keys.FIRST, Keys.LAST, (key, row) -> {
            last[0] = key;
            return true;
        });
        B builder =
                type.cast(Stored.parse(parser, alice.store.get(table, last[0]).orElseThrow()).toBuilder());
        change.accept(builder);
        alice.store.put(table, last[0], builder.build().toByteArray());
        alice.start();
        village.pass(1_000);
    }

    @Test
    @DisplayName("into the history is shown as that, whether its body or its reason is not known")
    void history() {
        change(
                DeviceTable.HISTORY,
                StoredMessage.parser(),
                StoredMessage.Builder.class,
                StoredMessage.Builder::clearBody);
        assertThat(alice.history(channel))
                .last()
                .extracting(Message::body)
                .isEqualTo(new MessageBody.Unreadable(UnreadableReason.MADE_BY_NEWER_VERSION, UnreadableDetail.NONE));
        change(
                DeviceTable.HISTORY,
                StoredMessage.parser(),
                StoredMessage.Builder.class,
                row -> row.setUnreadable(
                        StoredUnreadable.newBuilder().setReason("ECLIPSED").setCode("SOLAR")));
        assertThat(alice.history(channel))
                .last()
                .extracting(Message::body)
                .isEqualTo(new MessageBody.Unreadable(UnreadableReason.MADE_BY_NEWER_VERSION, UnreadableDetail.NONE));
        assertThat(bob.send(channel, "goes on")).isInstanceOf(Outcome.Queued.class);
        assertThat(alice.told()).contains("goes on");
    }

    @Test
    @DisplayName(
            "of a channel leaves that alone: it is shown, nothing is read, sent or erased in it, and other channels go on")
    void membership() {
        ChannelId other = alice.create("other");
        ChannelId touched =
                List.of(channel, other).stream().max(ChannelId::compareTo).orElseThrow();
        change(
                DeviceTable.CHANNEL,
                StoredChannel.parser(),
                StoredChannel.Builder.class,
                row -> row.setMembershipValue(UNHEARD_OF));
        assertThat(alice.engine().channel(touched).orElseThrow().membership()).isEqualTo(Membership.OF_NEWER_VERSION);
        int groups = alice.store.size(DeviceTable.GROUP);
        assertThat(((Outcome.Refused) alice.send(touched, "no")).refusal().code())
                .isEqualTo(RefusalCode.NOT_A_MEMBER);
        village.pass(10_000);
        assertThat(alice.store.size(DeviceTable.GROUP)).isEqualTo(groups);
        assertThat(Stored.parse(
                                StoredChannel.parser(),
                                alice.store
                                        .get(DeviceTable.CHANNEL, Keys.channel(touched))
                                        .orElseThrow())
                        .getMembershipValue())
                .isEqualTo(UNHEARD_OF);
        ChannelId untouched = touched.equals(channel) ? other : channel;
        assertThat(alice.send(untouched, "on")).isInstanceOf(Outcome.Queued.class);
    }

    @Test
    @DisplayName("of what waits stays, and holds up nothing; a refusal for a reason that is not known is shown as that")
    void waiting() {
        alice.cut();
        alice.send(channel, "waits");
        change(
                DeviceTable.OUTGOING,
                StoredOutgoing.parser(),
                StoredOutgoing.Builder.class,
                row -> row.setStateValue(UNHEARD_OF));
        assertThat(alice.engine().pending(channel)).isEmpty();
        assertThat(alice.store.size(DeviceTable.OUTGOING)).isEqualTo(1);
        alice.reconnect();
        village.pass(1_000);
        alice.send(channel, "passes it");
        village.pass(1_000);
        assertThat(bob.texts(channel)).contains("passes it");
        change(
                DeviceTable.OUTGOING,
                StoredOutgoing.parser(),
                StoredOutgoing.Builder.class,
                row -> row.setStateValue(4).setRefusalCode("OUT_OF_STARS").setRefusalCause("NIGHT"));
        assertThat(alice.engine().pending(channel)).singleElement().satisfies(message -> {
            assertThat(message.state()).isEqualTo(MessageState.REFUSED);
            assertThat(message.refusal().orElseThrow().sentence()).contains("newer version");
        });
    }

    @Test
    @DisplayName("of a change that this one does not know stays, and holds up no other")
    void intent() {
        alice.stop();
        alice.store.put(
                DeviceTable.INTENT,
                Keys.numbered(channel, 1_000_000),
                StoredIntent.newBuilder().setAttempts(1).build().toByteArray());
        alice.start();
        village.pass(1_000);
        assertThat(alice.engine().waitingChanges(channel)).isEmpty();
        alice.remove(channel, bob);
        village.pass(1_000);
        assertThat(alice.engine().members(channel)).hasSize(1);
        assertThat(alice.store.size(DeviceTable.INTENT)).isEqualTo(1);
    }
}
