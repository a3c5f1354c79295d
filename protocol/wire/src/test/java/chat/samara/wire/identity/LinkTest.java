package chat.samara.wire.identity;

import static chat.samara.wire.Samples.BERLIN;
import static chat.samara.wire.Samples.BERLIN_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.wire.Refusal;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinkTest {
    private static final List<ServerAddress> ADDRESSES =
            List.of(new ServerAddress("192.0.2.7", 4430), new ServerAddress("2001:db8::7", 4430));

    private final InviteLink invite =
            new InviteLink(ADDRESSES, BERLIN, BERLIN_KEY.publicKey(), Samples.filled(16, 0xab));
    private final PeerLink peer = new PeerLink(ADDRESSES, BERLIN, BERLIN_KEY.publicKey());

    @Test
    void anInviteIsReadAsItWasWritten() throws RefusedException {
        assertThat(invite.format())
                .isEqualTo("samara://192.0.2.7:4430/join#name=berlin.example"
                        + "&key=iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w"
                        + "&token=q6urq6urq6urq6urq6urqw&also=[2001:db8::7]:4430");
        assertThat(InviteLink.parse("  " + invite.format() + "\n")).isEqualTo(invite);
    }

    @Test
    void aPeerLinkIsReadAsItWasWritten() throws RefusedException {
        assertThat(peer.format()).startsWith("samara://192.0.2.7:4430/peer#name=berlin.example&key=");
        assertThat(PeerLink.parse(peer.format())).isEqualTo(peer);
    }

    @Test
    void aFieldOfALaterVersionIsIgnored() throws RefusedException {
        assertThat(InviteLink.parse(invite.format() + "&colour=green")).isEqualTo(invite);
    }

    @Test
    void anInviteDoesNotShowItsTokenInLogs() {
        assertThat(invite.toString()).contains("berlin.example").doesNotContain("q6urq");
    }

    @ParameterizedTest
    @CsvSource({
        "https://berlin.example/join, 'begins with \"https://berl\", expected \"samara://\"'",
        "samara://berlin.example:1, the part behind '/' is missing",
        "samara://berlin.example:1/join, the part behind '#' is missing",
        "samara://berlin.example:1/peer#name=a&key=b, 'is for \"peer\", expected \"join\"'",
        "samara://berlin.example:1/join#name, without '='",
        "samara://berlin.example:1/join#key=b, lacks the server's name",
        "samara://berlin.example:1/join#name=a&key=!!, not base64url",
        "samara://berlin.example:1/join#name=a&key=AAAA, 'of 3 bytes, expected 32'",
    })
    void aBrokenInviteIsRefusedWithWhatIsWrongAndWhatToDo(String link, String problem) {
        Refusal refusal = Refused.by(() -> InviteLink.parse(link));

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVITE_INVALID);
        assertThat(refusal.reason()).contains(problem).contains("copy the whole link, or ask the operator");
    }

    /** What mail programs, web pages, messengers and people make of a link. */
    static Stream<UnaryOperator<String>> mangled() {
        return Stream.of(
                link -> link.replace("samara://", "SAMARA://"),
                link -> link.replace("samara://", "Samara://"),
                link -> link.replace("&", "&amp;"),
                link -> link.replace("&", "&AMP;"),
                link -> link.replace("&", "&#38;"),
                link -> link.replace("#", "%23"),
                link -> link.replace("#", "%23").replace("&", "%26").replace("=", "%3d"),
                link -> "<" + link + ">",
                link -> "\"" + link + "\"",
                link -> "„" + link + "“",
                link -> "(" + link + ").",
                link -> link + ".",
                link -> link + ",",
                link -> link.substring(0, 40) + "\n" + link.substring(40),
                link -> link.substring(0, 40) + "\r\n\t  " + link.substring(40, 80) + " \n" + link.substring(80),
                link -> link.substring(0, 40) + "\u00a0" + link.substring(40),
                link -> "\u200f" + link + "\u200e",
                link -> "\u2068" + link.replace("&", "\u200b&") + "\u2069",
                link -> link.substring(0, 40) + "\u00ad\n" + link.substring(40),
                link -> "\ufeff" + link,
                link -> "<" + link.replace("&", "&amp;\n") + ">.\n");
    }

    @ParameterizedTest
    @MethodSource("mangled")
    void aLinkIsReadWhateverItWasWrappedIn(UnaryOperator<String> mangle) throws RefusedException {
        assertThat(InviteLink.parse(mangle.apply(invite.format()))).isEqualTo(invite);
        assertThat(PeerLink.parse(mangle.apply(peer.format()))).isEqualTo(peer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Join us: %s", "> %s", "%s is the link", "%s %s", "https://r.example/?u=%s", "%s…"})
    void aLinkWithOtherTextIsRefusedWithWhatToDo(String sentence) {
        String pasted = sentence.replace("%s", invite.format());

        assertThat(Refused.by(() -> InviteLink.parse(pasted)).reason())
                .contains("copy the whole link, or ask the operator");
    }

    @Test
    void anInviteThatWasCutAnywhereIsRefused() {
        String link =
                new InviteLink(ADDRESSES.subList(0, 1), BERLIN, BERLIN_KEY.publicKey(), Samples.filled(16, 1)).format();
        for (int end = 0; end < link.length(); end++) {
            String cut = link.substring(0, end);
            Refused.by(() -> InviteLink.parse(cut));
        }
    }

    @Test
    void anErrorNeverShowsTheToken() {
        String cut = "samara://berlin.example:1/join#name=a&key=" + "A".repeat(43) + "&token=c2VjcmV0";

        assertThat(Refused.by(() -> InviteLink.parse(cut)).toString())
                .doesNotContain("c2VjcmV0")
                .contains("token");
    }

    @Test
    void anyChangedLinkEndsInALinkOrARefusal() {
        long seed = 3;
        Random random = new Random(seed);
        for (int run = 0; run < 20_000; run++) {
            StringBuilder changed = new StringBuilder(invite.format());
            for (int i = random.nextInt(4); i >= 0; i--) {
                changed.setCharAt(random.nextInt(changed.length()), (char) random.nextInt(0x10000));
            }
            try {
                InviteLink.parse(changed.toString());
            } catch (RefusedException e) {
                // As it should be.
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", run " + run + ", \"" + changed + "\"", e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"berlin.example:4430", "192.0.2.1:1", "[2001:db8::1]:65535", "[fe80::1%eth0]:9", "localhost:80"})
    void anAddressIsReadAsItWasWritten(String text) throws RefusedException {
        assertThat(ServerAddress.parse(text).toString()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "berlin.example",
                "berlin.example:",
                "berlin.example:0",
                "berlin.example:65536",
                "a:-1",
                ":443",
                "2001:db8::1:443",
                "[berlin.example]:443",
                "[]:443",
                "a b:443",
                "a:99999999999",
                "bérlin:443"
            })
    void anAddressOfAnotherFormIsRefused(String text) {
        assertThat(Refused.by(() -> ServerAddress.parse(text)).reason()).contains("berlin.example:7443");
    }
}
