package chat.samara.server.core.harness;

import chat.samara.wire.proto.ReceiptStatus;
import java.util.ArrayList;
import java.util.List;

/** Two linked servers: alice, at the hub, has founded some channels and added dina, at the follower, to each. */
public final class ManyChannels {
    /** As long as it takes at most until servers between which the way is open again are linked and have said how far they are. */
    public static final long HEAL = 90_000;

    /** One member is given no more KeyPackages of another at once, and then one in so long. */
    private static final int CLAIMS_AT_ONCE = 8;

    public final World world;
    public final TestServer berlin;
    public final TestServer tunis;
    public final TestDevice alice;
    public final TestDevice dina;
    public final List<TestChannel> channels = new ArrayList<>();

    public ManyChannels(long seed, int count) {
        world = new World(seed);
        berlin = world.server("berlin.example");
        tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        dina = tunis.member("dina");
        dina.publish(count);
        for (int i = 0; i < count; i++) {
            TestChannel channel = alice.found();
            if (i >= CLAIMS_AT_ONCE) {
                world.pass(HEAL);
            }
            Expect.receipt(alice.invite(channel, dina), ReceiptStatus.ORDERED);
            channels.add(channel);
        }
        dina.join();
    }
}
