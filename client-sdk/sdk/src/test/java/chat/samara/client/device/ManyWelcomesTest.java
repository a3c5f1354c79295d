package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Membership;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.WaitingWelcome;
import com.google.protobuf.ByteString;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** An own server that makes up Welcomes in channels that do not exist. */
@DisplayName("Of many Welcomes that a server makes up")
class ManyWelcomesTest {
    private static final int LIES = 250;

    private final Village village = new Village(23);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");

    private FakeServer.FakeDevice bobsDevice() {
        return Optional.ofNullable(village.server.devices.get(
                        bob.engine().account().orElseThrow().device()))
                .orElseThrow();
    }

    private void lie(Bytes ownRef, OwnIdentity liar) {
        SignatureKeyPair key = liar.deviceKey();
        for (int i = 0; i < LIES; i++) {
            Genesis genesis = Genesis.sign(
                    key,
                    new Genesis.Content(
                            liar.user(),
                            liar.server(),
                            liar.serverRootKey(),
                            ChannelSuite.STANDARD.cipherSuite().code(),
                            Bytes.wrapUnsafe(village.random().bytes(GenesisIn.NONCE_BYTES)),
                            village.now,
                            Genesis.RULES));
            bobsDevice()
                    .welcomes
                    .add(WaitingWelcome.newBuilder()
                            .setChannelId(Stored.bytes(genesis.channel().bytes()))
                            .setSignedGenesis(Stored.bytes(genesis.encoded()))
                            .setSeq(1_000)
                            .setEntryHash(ByteString.copyFrom(new byte[32]))
                            .setKeyPackageRef(Stored.bytes(ownRef))
                            .setWelcome(ByteString.copyFromUtf8("come in"))
                            .build());
        }
    }

    private Bytes aRefOfBobs() {
        return village.server.keyPackageOwners.entrySet().stream()
                .filter(entry -> entry.getValue().equals(bobsDevice().id))
                .map(entry -> entry.getKey())
                .findFirst()
                .orElseThrow();
    }

    private int replayRows() {
        int[] rows = new int[1];
        bob.store.scan(DeviceTable.REPLAY, Keys.FIRST, Keys.LAST, (key, row) -> {
            rows[0]++;
            return true;
        });
        return rows[0];
    }

    @Test
    @DisplayName("a device looks at a few at once, keeps a few rows, and finds the genuine one behind them")
    void bounded() {
        lie(
                aRefOfBobs(),
                OwnIdentity.of(
                        alice.store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).orElseThrow()));
        Set<ByteString> open = new HashSet<>();
        int[] openMax = new int[1];
        int[] rowsMax = new int[1];
        village.server.makesUpHandshakes = true;
        village.server.handshakes = (device, asked) -> {
            if (village.server.channels.containsKey(new ChannelId(Stored.bytes(asked.getChannelId())))) {
                return village.server.trueHandshakes(device, asked);
            }
            rowsMax[0] = Math.max(rowsMax[0], replayRows());
            Handshakes.Builder answer = Handshakes.newBuilder().setChannelId(asked.getChannelId());
            if (open.add(asked.getChannelId())) {
                openMax[0] = Math.max(openMax[0], open.size());
                return answer.setMore(true).setThroughSeq(5).build();
            }
            open.remove(asked.getChannelId());
            return answer.build();
        };
        ChannelId genuine = alice.create("genuine");

        alice.add(genuine, bob);
        village.pass(60_000);

        assertThat(openMax[0]).isBetween(2, Limits.WELCOMES_PROVED_AT_ONCE_MAX);
        assertThat(rowsMax[0]).isBetween(1, Limits.REPLAYS_KEPT);
        assertThat(bob.engine().channel(genuine).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
        assertThat(bob.engine().channels()).hasSize(1);
    }

    @Test
    @DisplayName(
            "one that is for somebody else keeps the genuine one of the same channel waiting no longer than it takes to see that")
    void forSomebodyElse() {
        Resident carol = village.join("carol");
        ChannelId channel = alice.create("home town");
        bob.cut();
        carol.cut();
        alice.add(channel, carol);
        WaitingWelcome notHis = Optional.ofNullable(village.server.devices.get(
                        carol.engine().account().orElseThrow().device()))
                .orElseThrow()
                .welcomes
                .get(0);
        alice.add(channel, bob);
        bobsDevice().welcomes.add(0, notHis);
        bob.reconnect();
        village.pass(1_000);
        assertThat(bob.events(ClientEvent.WelcomeRefused.class))
                .singleElement()
                .satisfies(told -> assertThat(told.refusal().code()).isEqualTo(RefusalCode.NO_KEY_PACKAGE));
        assertThat(bob.engine().channel(channel).orElseThrow().membership()).isEqualTo(Membership.MEMBER);
    }
}
