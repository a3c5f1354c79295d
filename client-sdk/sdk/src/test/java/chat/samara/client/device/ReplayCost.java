package chat.samara.client.device;

import chat.samara.client.device.Village.Resident;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.proto.LogEntry;
import java.util.List;

/** Measures what joining a channel costs beside the Welcome: {@code ReplayCost <commits>} prints bytes and time of a replay. */
final class ReplayCost {
    private static final int ROUNDS = 5;

    private ReplayCost() {}

    public static void main(String[] arguments) throws RefusedException {
        int commits = Integer.parseInt(arguments[0]);
        Village village = new Village(1);
        Resident alice = village.join("alice");
        Resident bob = village.join("bob");
        ChannelId channel = alice.create("home town");
        alice.add(channel, bob);
        for (int i = 0; i < commits; i++) {
            alice.command(new DeviceEvent.UpdateKeys(alice.nextCommand(), channel));
            village.settle();
        }
        FakeChannel log = village.server.channel(channel);
        List<LogEntry> handshakes =
                log.handshakes(0, Long.MAX_VALUE, Integer.MAX_VALUE).getEntriesList();
        long bytes = handshakes.stream().mapToLong(LogEntry::getSerializedSize).sum();
        Genesis genesis = GenesisIn.decode(log.signedGenesis).verify(channel);
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            HandshakeReplay replay = HandshakeReplay.fromGenesis(genesis);
            for (LogEntry entry : handshakes) {
                replay.follow(EntryIn.of(entry).unverified());
            }
            System.out.printf(
                    "%d handshakes, %d bytes, %d ms%n",
                    handshakes.size(), bytes, (System.nanoTime() - start) / 1_000_000);
        }
    }
}
