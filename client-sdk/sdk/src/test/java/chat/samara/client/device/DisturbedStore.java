package chat.samara.client.device;

import chat.samara.client.device.Village.Resident;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Submit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A device to which all sorts of things were done, each in a channel of its own: its store has rows with every field that was added for them. */
final class DisturbedStore {
    private static final long A_WHILE_MILLIS = 60_000;

    private final Village village = new Village(7);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final Resident mallory = village.join("mallory");
    private final Saboteur saboteur = new Saboteur(village, mallory);
    private final ChannelId exchanged = channel("exchanged");
    private final ChannelId listening = channel("listening");
    private final ChannelId frozen = channel("frozen");
    private final ChannelId added = channel("added again");
    private final ChannelId talking = channel("talking");

    private DisturbedStore() {}

    static MemoryStore make() {
        DisturbedStore scene = new DisturbedStore();
        scene.takePlace();
        scene.freeze();
        scene.showWhatNoLogHolds();
        scene.sealWhatIsNotTaken();
        scene.exchange();
        return scene.bob.store;
    }

    private ChannelId channel(String name) {
        ChannelId channel = alice.create(name);
        alice.add(channel, bob);
        alice.add(channel, mallory);
        alice.send(channel, "before, in " + name);
        village.pass(A_WHILE_MILLIS);
        return channel;
    }

    /** His leaf is exchanged twice, and no head comes any more. */
    private void exchange() {
        // So that his server has fresh KeyPackages of him.
        bob.dropConnection();
        bob.reconnect();
        village.pass(1_000);
        village.server.between = Optional.of(new WithoutHeads(bob));
        for (int i = 0; i < 2; i++) {
            saboteur.exchange(exchanged, bob);
            village.pass(A_WHILE_MILLIS);
        }
    }

    /** He cannot return, and reads by another leaf that he was given meanwhile. */
    private void takePlace() {
        takeNothing(EnumSet.of(RecordKind.COMMIT));
        saboteur.exchangeUnwelcome(listening, bob);
        village.pass(A_WHILE_MILLIS);
        saboteur.exchange(listening, bob);
        alice.send(listening, "read by the new leaf");
        village.pass(1_000);
    }

    /** It is sealed under the next key of its epoch, and stays with him. */
    private void sealWhatIsNotTaken() {
        takeNothing(EnumSet.allOf(RecordKind.class));
        bob.send(talking, "under way");
    }

    /** From now on his server takes nothing of these kinds from him. */
    private void takeNothing(Set<RecordKind> kinds) {
        village.server.check = (device, frame) -> frame.hasSubmit()
                        && kinds.contains(frame.getSubmit().getKind())
                        && bob.engine().account().orElseThrow().device().equals(device)
                ? Optional.of(Refusal.of(ErrorCode.LIMIT_REACHED, "later"))
                : Optional.empty();
    }

    /** The hub has signed another log, which leads on behind the place that he knows. */
    private void freeze() {
        FakeChannel real = village.server.channel(frozen);
        Record record = real.typed.get(real.typed.size() - 1).record();
        FakeChannel forged = real.forkBefore(real.position.seq());
        for (int i = 1; i <= 2; i++) {
            forged.append(
                    RecordKind.APPLICATION,
                    record.epoch(),
                    IdempotencyKey.random(village.random()),
                    record.device(),
                    record.payload());
        }
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(frozen.bytes()))
                        .addAllEntries(forged.entries.subList((int) real.position.seq(), forged.entries.size()))
                        .setHead(forged.head()))
                .build());
    }

    /** What Alice said stands before a removal that the hub has never ordered; then she removes and adds him. */
    private void showWhatNoLogHolds() {
        List<Submit> withheld = new ArrayList<>();
        var before = village.server.check;
        village.server.check = (device, frame) -> {
            boolean ofAlice = frame.getBodyCase() == ClientFrame.BodyCase.SUBMIT
                    && alice.engine().account().orElseThrow().device().equals(device);
            if (ofAlice) {
                withheld.add(frame.getSubmit());
            }
            return ofAlice
                    ? Optional.of(Refusal.of(ErrorCode.INVALID_HANDSHAKE, "withheld"))
                    : before.apply(device, frame);
        };
        alice.send(added, "in no log");
        alice.remove(added, bob);
        village.server.check = before;
        FakeChannel real = village.server.channel(added);
        FakeChannel fork = real.forkBefore(real.position.seq() + 1);
        for (Submit submit : List.of(first(withheld, RecordKind.APPLICATION), first(withheld, RecordKind.COMMIT))) {
            fork.append(
                    submit.getKind(),
                    submit.getEpoch(),
                    new IdempotencyKey(Protobuf.toBytes(submit.getIdempotencyKey())),
                    Optional.of(alice.engine().account().orElseThrow().device()),
                    Protobuf.toBytes(submit.getPayload()));
        }
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(added.bytes()))
                        .addAllEntries(fork.entries.subList((int) real.position.seq(), fork.entries.size())))
                .build());
        village.pass(A_WHILE_MILLIS);
        alice.remove(added, bob);
        village.pass(A_WHILE_MILLIS);
        alice.add(added, bob);
        alice.send(added, "in the log");
        village.pass(A_WHILE_MILLIS);
    }

    private static Submit first(List<Submit> submits, RecordKind kind) {
        return submits.stream()
                .filter(submit -> submit.getKind() == kind)
                .findFirst()
                .orElseThrow();
    }
}
