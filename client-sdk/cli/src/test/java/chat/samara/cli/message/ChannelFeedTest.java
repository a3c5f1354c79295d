package chat.samara.cli.message;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.Client.Channel;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.timeline.ChannelSummary;
import chat.samara.client.timeline.ItemKey;
import chat.samara.client.timeline.Unread;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is new in a channel")
class ChannelFeedTest {
    private static final ChannelId CHANNEL = new ChannelId(Bytes.of(new byte[32]));
    private static final int LAST_SEQ = 10;

    /** Short ones, as where a few long texts fill a page. */
    private static final int PAGE_MESSAGES = 3;

    private final List<String> steps = new ArrayList<>();
    private Membership membership = Membership.MEMBER;
    private long appliedSeq = LAST_SEQ;
    private Unread unread = Unread.NONE;

    /** A channel whose pages are shorter than what is asked for. */
    private Channel channel() {
        return (Channel) Proxy.newProxyInstance(
                Channel.class.getClassLoader(), new Class<?>[] {Channel.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("state")) {
                        return state();
                    }
                    if (method.getName().equals("summary")) {
                        return new ChannelSummary(state(), Optional.empty(), unread, false, true, 0);
                    }
                    steps.add(method.getName());
                    return switch (method.getName()) {
                        case "history" -> page((long) arguments[0]);
                        case "pending" -> List.of();
                        default -> throw new AssertionError("asked for " + method.getName());
                    };
                });
    }

    private ChannelState state() {
        return new ChannelState(
                CHANNEL, "home", new ServerName("berlin.example"), 1, membership, appliedSeq, 1, 0, Optional.empty());
    }

    private static List<Message> page(long afterSeq) {
        return LongStream.rangeClosed(afterSeq + 1, Math.min(afterSeq + PAGE_MESSAGES, LAST_SEQ))
                .mapToObj(seq -> new Message(
                        CHANNEL,
                        Optional.empty(),
                        OptionalLong.of(seq),
                        Optional.empty(),
                        false,
                        0,
                        MessageState.STABLE,
                        Optional.empty(),
                        new MessageBody.Text("text " + seq)))
                .toList();
    }

    @Test
    @DisplayName("is shown page by page: each before the next is asked for, to the end also where pages are short")
    void pages() {
        List<Long> shown = new ArrayList<>();
        new ChannelFeed(channel(), 0).news(items -> {
            steps.add("shown " + items.size());
            items.forEach(
                    item -> shown.add(((ChannelFeed.Shown) item).message().seq().orElseThrow()));
        });
        assertThat(shown)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, LAST_SEQ).boxed().toList());
        assertThat(steps)
                .containsExactly(
                        "pending", "history", "shown 3", "history", "shown 3", "history", "shown 3", "history",
                        "shown 1", "history", "pending", "shown 0");
    }

    @Test
    @DisplayName("is no more than was there when it was opened, where that is asked for")
    void whenOpened() {
        appliedSeq = 5;
        assertThat(shownWhenOpened()).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    @DisplayName(
            "is also what stands behind the last entry that was applied, where this device was removed: that it was")
    void ofARemoval() {
        appliedSeq = 8;
        membership = Membership.REMOVED;
        assertThat(shownWhenOpened()).endsWith(8L, 9L, 10L);
    }

    private List<Long> shownWhenOpened() {
        List<Long> shown = new ArrayList<>();
        new ChannelFeed(channel(), 0)
                .newsWhenOpened(
                        false,
                        items -> items.forEach(item -> shown.add(
                                ((ChannelFeed.Shown) item).message().seq().orElseThrow())));
        return shown;
    }

    @Test
    @DisplayName("is read up to the last that was shown, told once, and again where more was shown")
    void read() {
        List<ItemKey> read = new ArrayList<>();
        Channel channel = (Channel) Proxy.newProxyInstance(
                Channel.class.getClassLoader(), new Class<?>[] {Channel.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("markRead")) {
                        read.add((ItemKey) arguments[0]);
                        return null;
                    }
                    return method.invoke(channel(), arguments);
                });
        appliedSeq = 4;
        ChannelFeed feed = new ChannelFeed(channel, 0);
        feed.read();
        assertThat(read).isEmpty();
        feed.newsWhenOpened(false, items -> {});
        feed.read();
        feed.read();
        assertThat(read).containsExactly(new ItemKey.OfPlace(4, 0));
        feed.news(items -> {});
        feed.read();
        assertThat(read).containsExactly(new ItemKey.OfPlace(4, 0), new ItemKey.OfPlace(LAST_SEQ, 0));
    }

    @Test
    @DisplayName("stays unread where something unread before it was not shown")
    void leavesOut() {
        unread = new Unread(3, false, Optional.of(new ItemKey.OfPlace(8, 0)));
        Channel channel = (Channel) Proxy.newProxyInstance(
                Channel.class.getClassLoader(), new Class<?>[] {Channel.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isNotEqualTo("markRead");
                    return method.invoke(channel(), arguments);
                });
        ChannelFeed feed = new ChannelFeed(channel, LAST_SEQ - 1);
        feed.news(items -> {});
        feed.read();
    }
}
