package chat.samara.server.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.Limits;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.Alpn;
import chat.samara.wire.identity.DeviceId;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a device gets at its login, to be known by when it comes back,")
final class ReturnTokensTest {
    private static final long DAY = 24L * 3600 * 1000;

    private final World world = new World(71);
    private final TestServer berlin = world.server("berlin.example");
    private final SignatureKeyPair rootKey = berlin.identity().rootKey();
    private final ReturnTokens tokens = new ReturnTokens(rootKey);
    private final TestDevice alice = berlin.member("alice");
    private final DeviceId device = alice.who().device();

    @Test
    @DisplayName(
            "comes with each login, several at once, is another each time, and is known by the same server after a start")
    void known() {
        List<ByteString> given = new ArrayList<>(alice.reconnect().getLoggedIn().getReturnTokensList());
        world.leap(1_000);
        given.addAll(alice.reconnect().getLoggedIn().getReturnTokensList());
        assertThat(given).hasSize(2 * Limits.RETURN_TOKENS_MAX).doesNotHaveDuplicates();
        ReturnTokens afterAStart = new ReturnTokens(rootKey);
        Set<Long> devices = new HashSet<>();
        Set<Long> numbers = new HashSet<>();
        for (ByteString one : given) {
            Bytes token = Protobuf.toBytes(one);
            assertThat(token.size()).isBetween(1, Limits.RETURN_TOKEN_BYTES_MAX);
            assertThat(Alpn.returnToken(Alpn.returning(token))).contains(token);
            ReturnToken read = afterAStart.read(token, world.nowMillis()).orElseThrow();
            devices.add(read.device());
            numbers.add(read.number());
            assertThat(read.hour()).isEqualTo((int) (world.nowMillis() / 3_600_000));
        }
        assertThat(devices).hasSize(1);
        assertThat(numbers).hasSameSizeAs(given);
    }

    @Test
    @DisplayName("is good for half a year, and for a clock that was set back a day")
    void time() {
        Bytes token = tokens.issue(device, World.START_MILLIS).get(0);
        assertThat(tokens.read(token, World.START_MILLIS + 180 * DAY)).isPresent();
        assertThat(tokens.read(token, World.START_MILLIS + 181 * DAY)).isEmpty();
        assertThat(tokens.read(token, World.START_MILLIS - DAY)).isPresent();
        assertThat(tokens.read(token, World.START_MILLIS - 3 * DAY)).isEmpty();
    }

    @Test
    @DisplayName("cannot be made up or changed, and is another server's at none")
    void forged() {
        Bytes token = tokens.issue(device, World.START_MILLIS).get(0);
        for (int i = 0; i < token.size(); i++) {
            byte[] changed = token.toByteArray();
            changed[i] ^= 1;
            assertThat(tokens.read(Bytes.of(changed), World.START_MILLIS)).isEmpty();
        }
        assertThat(tokens.read(Bytes.EMPTY, World.START_MILLIS)).isEmpty();
        assertThat(tokens.read(Bytes.of(new byte[token.size()]), World.START_MILLIS))
                .isEmpty();
        ReturnTokens tunis =
                new ReturnTokens(world.server("tunis.example").identity().rootKey());
        assertThat(tunis.read(token, World.START_MILLIS)).isEmpty();
    }

    @Test
    @DisplayName("is taken for none where a name offered in TLS is none, whatever it is")
    void names() {
        assertThat(Alpn.returnToken(Alpn.CLIENT)).isEmpty();
        assertThat(Alpn.returnToken("samara-return/")).isEmpty();
        assertThat(Alpn.returnToken("samara-return/%%%")).isEmpty();
        assertThat(Alpn.returnToken("samara-return/" + "A".repeat(200))).isEmpty();
    }
}
