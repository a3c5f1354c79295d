package chat.samara.client.channel;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Which channel a person means")
class ChannelChoiceTest {
    private final List<ChannelState> channels = new ArrayList<>();
    private final Set<ChannelId> accepted = new HashSet<>();

    private ChannelId add(String name, String idStart, Membership membership) {
        ChannelId id = new ChannelId(Bytes.ofHex((idStart + "7".repeat(64)).substring(0, 64)));
        channels.add(
                new ChannelState(id, name, new ServerName("berlin.example"), 1, membership, 9, 3, 0, Optional.empty()));
        return id;
    }

    private ChannelId own(String name, String idStart) {
        ChannelId id = add(name, idStart, Membership.MEMBER);
        accepted.add(id);
        return id;
    }

    private ChannelId strangers(String name, String idStart) {
        return add(name, idStart, Membership.MEMBER);
    }

    private ChannelChoice choose(String typed) {
        return ChannelChoice.among(channels, accepted::contains, typed);
    }

    private static ChannelChoice one(ChannelId channel, ChannelId... passedOver) {
        return new ChannelChoice.One(channel, List.of(passedOver));
    }

    @Test
    @DisplayName("a full id is an id, whatever another channel is called")
    void fullId() {
        ChannelId kitchen = own("kitchen", "c0ffee");
        strangers(kitchen.toString(), "01");

        assertThat(choose(kitchen.toString())).isEqualTo(one(kitchen));
        assertThat(choose(kitchen.toString().toUpperCase(java.util.Locale.ROOT)))
                .isEqualTo(one(kitchen));
    }

    @Test
    @DisplayName("the beginning of an id is one, whatever another channel is called")
    void beginningOfId() {
        ChannelId kitchen = own("kitchen", "c0ffee00");
        ChannelId hostile = strangers("c0ffee00", "01");

        assertThat(choose("c0ffee00")).isEqualTo(one(kitchen));
        assertThat(choose("C0FFEE")).isEqualTo(one(kitchen));
        assertThat(choose("c0ffee01")).isEqualTo(new ChannelChoice.None(List.of()));
        channels.remove(0);
        assertThat(choose("c0ffee00")).isEqualTo(new ChannelChoice.None(List.of(hostile)));
    }

    @Test
    @DisplayName("a name of several lines, which somebody else has given, is typed as it is shown, in one")
    void severalLines() {
        ChannelId shown = strangers("home\r\ntown", "01");

        assertThat(choose("home town")).isEqualTo(one(shown));
        assertThat(choose("home\ntown")).isEqualTo(one(shown));
        assertThat(ChannelName.isSame("home\ntown", "home town")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"home\ntown", "home\ttown", "home\u2028town", "\u001b[31mhome", "home\u0085"})
    @DisplayName("a new channel cannot be called by what is not seen, and the sentence says what that is")
    void unseen(String name) {
        assertThat(ChannelName.problemOf(name).orElseThrow()).contains("U+");
        assertThat(ChannelName.problemOf("home town")).isEmpty();
    }

    @Test
    @DisplayName("a name of another script that looks like an id chooses nothing")
    void lookAlikeOfId() {
        strangers("\u0441\u043effee\u0435123456", "01");
        assertThat(choose("\u0441\u043effee\u0435123456")).isInstanceOf(ChannelChoice.None.class);
    }

    @ParameterizedTest
    @CsvSource({
        "kitchen, Kitchen",
        "kitchen, 'kitchen '",
        "Küche, Ku\u0308che",
        "kitchen, ki\u200Btchen",
        "сосо, coco",
        "home, ｈｏｍｅ"
    })
    @DisplayName("names that a reader takes for the same are the same")
    void sameToReader(String name, String typed) {
        ChannelId id = own(name, "aa");
        assertThat(choose(typed)).isEqualTo(one(id));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kitchen", "Kitchen", "k\u0456tchen", "kitchen\u200D", "k\u0131tchen"})
    @DisplayName("two channels that look the same are for the person to tell apart, even if one is called exactly so")
    void ambiguous(String other) {
        ChannelId one = own("kitchen", "aa");
        ChannelId two = own(other, "bb");

        assertThat(choose("kitchen")).isEqualTo(new ChannelChoice.Several(List.of(one, two)));
        assertThat(choose(two.toString())).isEqualTo(one(two));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kitchen", "KITCHEN", "k\u0456tchen"})
    @DisplayName("a stranger's channel of the same name takes no message and stops nothing, and is told")
    void strangersChannel(String hostile) {
        ChannelId strange = strangers(hostile, "01");
        ChannelId kitchen = own("kitchen", "aa");

        assertThat(choose("kitchen")).isEqualTo(one(kitchen, strange));
    }

    @Test
    @DisplayName("of two strangers' channels none is taken")
    void twoStrangers() {
        ChannelId one = strangers("kitchen", "01");
        ChannelId two = strangers("kitchen", "02");

        assertThat(choose("kitchen")).isEqualTo(new ChannelChoice.Several(List.of(one, two)));
    }

    @Test
    @DisplayName("a beginning that a stranger has made to fit his id, too, is that of the accepted channel")
    void groundId() {
        ChannelId strange = strangers("anything", "c0ffee01");
        ChannelId kitchen = own("kitchen", "c0ffee00");

        assertThat(choose("c0ffee")).isEqualTo(one(kitchen, strange));
    }

    @Test
    @DisplayName("a channel that one was removed from stands back, but not behind a stranger's")
    void removed() {
        ChannelId old = add("kitchen", "01", Membership.REMOVED);
        accepted.add(old);
        ChannelId strange = strangers("kitchen", "02");
        assertThat(choose("kitchen")).isEqualTo(one(old, strange));

        ChannelId kitchen = own("kitchen", "aa");
        assertThat(choose("kitchen")).isEqualTo(one(kitchen, old, strange));
    }

    @ParameterizedTest
    @ValueSource(strings = {"c0ffee", "123456", "DECADE", " facade ", "ｃ0ffee", "c0f\u200Bfee", "аbсdеf"})
    @DisplayName("what looks like an id is no name for a new channel")
    void noName(String name) {
        assertThat(ChannelName.problemOf(name)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"coffee", "cafe", "12345", "c0ffee break", "2026-11-26", "doodle", "кафе", "123456!"})
    @DisplayName("words and dates are names")
    void name(String name) {
        assertThat(ChannelName.problemOf(name)).isEmpty();
    }
}
