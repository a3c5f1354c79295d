package chat.samara.server.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredFormat;
import chat.samara.wire.encoding.Protobuf;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Opening a store, and the order that a driver must keep. */
final class StartTest {
    private final World world = new World(12);
    private final TestServer berlin = world.server("berlin.example");

    private ServerCore core(ServerIdentity identity, MemoryStore store) {
        return new ServerCore(identity, CoreConfig.standard(), store, world.random());
    }

    @Test
    @DisplayName("a store of a newer version is refused by name, and left as it was")
    void newerVersion() throws Exception {
        MemoryStore disk = berlin.disk().copy();
        Bytes key = Key.of("format").bytes();
        StoredFormat format =
                StoredFormat.parseFrom(disk.get(Table.META, key.toByteArray()).orElseThrow());
        WriteBatch batch = new WriteBatch();
        batch.put(
                Table.META,
                key,
                Protobuf.encode(format.toBuilder().setVersion(2).build()));
        disk.write(batch);
        ServerCore core = core(berlin.identity(), disk);
        assertThatThrownBy(() -> core.start(world.now()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NEWER_VERSION))
                .hasMessageContaining("start the newer version");
    }

    @Test
    @DisplayName("a store of another server is refused")
    void otherServer() {
        TestServer tunis = world.server("tunis.example");
        ServerCore core = core(tunis.identity(), berlin.disk().copy());
        assertThatThrownBy(() -> core.start(world.now()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.OTHER_SERVER));
    }

    @Test
    @DisplayName("the start sets both timers")
    void timers() {
        ServerCore core = core(berlin.identity(), berlin.disk().copy());
        core.start(world.now());
        List<Effect> effects = core.drainImmediate();
        assertThat(effects)
                .filteredOn(Effect.SetTimer.class::isInstance)
                .extracting(it -> ((Effect.SetTimer) it).timer())
                .containsExactly(TimerId.TICK, TimerId.HOUSEKEEPING);
    }

    @Test
    @DisplayName("batches become durable in order, or not at all")
    void order() {
        ServerCore core = core(berlin.identity(), berlin.disk().copy());
        core.start(world.now());
        core.handle(
                new Event.Admin(1, new chat.samara.server.core.admin.AdminCommand.CreateInvite(1, 1000, "")),
                world.now());
        Batch first = core.seal(world.now()).orElseThrow();
        core.handle(
                new Event.Admin(2, new chat.samara.server.core.admin.AdminCommand.CreateInvite(1, 1000, "")),
                world.now());
        Batch second = core.seal(world.now()).orElseThrow();
        assertThat(second.number()).isEqualTo(first.number() + 1);
        assertThatThrownBy(() -> core.durable(second, world.now())).isInstanceOf(IllegalStateException.class);
        assertThat(core.durable(first, world.now())).hasSize(1);
        assertThat(core.durable(second, world.now())).hasSize(1);
        assertThat(core.seal(world.now())).isEmpty();
    }

    @Test
    @DisplayName("two runs of the same world give the same logs, byte for byte")
    void deterministic() {
        assertThat(run()).isEqualTo(run());
    }

    private static List<Bytes> run() {
        World world = new World(77);
        TestServer berlin = world.server("berlin.example");
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        var alice = berlin.member("alice");
        var dina = tunis.member("dina");
        var home = alice.found();
        alice.invite(home, dina);
        dina.join();
        alice.say(home, "one");
        dina.say(dina.channel(home.id()), "two");
        world.pass(60_000);
        return tunis.logs().entries(home.id(), 1, 100);
    }
}
