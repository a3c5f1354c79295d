package chat.samara.systemtests.sim.adversary;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.group.Group;
import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import chat.samara.wire.proto.Welcomes;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lies about Welcomes: they are withheld, come again, are bent, or lead into a group of an impostor's under the id of a channel that the victim
 * is in, was in, or has never heard of.
 */
final class WelcomeLies {
    private static final int EPOCH_MAX = 4;
    private static final int AHEAD_MAX = 10;
    private static final double OFFERED = 0.2;

    private final Loot loot;
    private final Impostor impostor;
    private final Map<String, Forged> forgedByHost = new HashMap<>();
    private final List<Group> groups = new ArrayList<>();

    /** A Welcome that is under way, and the entry that would prove it if a member had signed it. */
    private record Forged(WaitingWelcome welcome, LogEntry entry, long seq) {}

    WelcomeLies(Loot loot, Impostor impostor) {
        this.loot = loot;
        this.impostor = impostor;
    }

    List<Lie> all() {
        return List.of(
                new Lie(
                        Happening.LIE_WELCOME_WITHHELD,
                        (victim, frame) ->
                                frame.hasWelcomes() && frame.getWelcomes().getWelcomesCount() > 0
                                        ? Lie.instead(frame.toBuilder().setWelcomes(Welcomes.getDefaultInstance()))
                                        : Optional.empty()),
                new Lie(Happening.LIE_WELCOME_REPEATED, this::repeated),
                new Lie(Happening.LIE_WELCOME_BENT, WelcomeLies::bent),
                new Lie(Happening.LIE_WELCOME_FORGED, this::forged));
    }

    /** The groups into which victims were to be led. What is sealed for one of them the impostor can read. */
    List<Group> groups() {
        return groups;
    }

    private Optional<List<ServerFrame>> repeated(Victim victim, ServerFrame frame) {
        List<WaitingWelcome> old = loot.welcomesTo(victim.host());
        if (!frame.hasWelcomes() || old.isEmpty()) {
            return Optional.empty();
        }
        ServerFrame.Builder said = frame.toBuilder();
        said.getWelcomesBuilder()
                .addWelcomes(
                        victim.seed().below(frame.getWelcomes().getWelcomesCount() + 1),
                        victim.seed().pick(old));
        return Lie.instead(said);
    }

    private static Optional<List<ServerFrame>> bent(Victim victim, ServerFrame frame) {
        int count = frame.getWelcomes().getWelcomesCount();
        if (count == 0) {
            return Optional.empty();
        }
        ServerFrame.Builder said = frame.toBuilder();
        WaitingWelcome.Builder welcome =
                said.getWelcomesBuilder().getWelcomesBuilder(victim.seed().below(count));
        switch (victim.seed().below(5)) {
            case 0 ->
                welcome.setSeq(Math.max(2, welcome.getSeq() + victim.seed().between(-3, 3)));
            case 1 -> welcome.setEntryHash(Bits.flipped(welcome.getEntryHash(), victim.seed()));
            case 2 -> welcome.setKeyPackageRef(Bits.flipped(welcome.getKeyPackageRef(), victim.seed()));
            case 3 -> welcome.setWelcome(Bits.flipped(welcome.getWelcome(), victim.seed()));
            default -> welcome.setSignedGenesis(Bits.flipped(welcome.getSignedGenesis(), victim.seed()));
        }
        return Lie.instead(said);
    }

    /** Offers a forged Welcome, gives it when it is fetched, and feeds the replay that is to prove it. */
    private Optional<List<ServerFrame>> forged(Victim victim, ServerFrame frame) {
        Optional<ClientFrame> asked = victim.asked(frame);
        Forged offered = forgedByHost.get(victim.host());
        if (offered != null && asked.filter(ClientFrame::hasFetchHandshakes).isPresent()) {
            FetchHandshakes fetch = asked.get().getFetchHandshakes();
            return fetch.getChannelId().equals(offered.welcome().getChannelId())
                            && fetch.getThroughSeq() == offered.seq()
                    ? Lie.instead(ServerFrame.newBuilder()
                            .setRequestId(frame.getRequestId())
                            .setHandshakes(handshakes(fetch, offered)))
                    : Optional.empty();
        }
        if (offered != null && frame.hasWelcomes() && frame.getRequestId() != 0) {
            ServerFrame.Builder said = frame.toBuilder();
            said.getWelcomesBuilder().addWelcomes(0, offered.welcome());
            return Lie.instead(said);
        }
        if (frame.getRequestId() == 0 || !victim.seed().chance(OFFERED)) {
            return Optional.empty();
        }
        return forge(victim).map(forged -> {
            forgedByHost.put(victim.host(), forged);
            ServerFrame hint = ServerFrame.newBuilder()
                    .setWelcomes(Welcomes.newBuilder().addWelcomes(forged.welcome()))
                    .build();
            return List.of(frame, hint);
        });
    }

    private Handshakes handshakes(FetchHandshakes fetch, Forged forged) {
        return Handshakes.newBuilder()
                .setChannelId(fetch.getChannelId())
                .addAllEntries(loot.handshakes(fetch.getChannelId(), fetch.getAfterSeq(), forged.seq()))
                .addEntries(forged.entry())
                .setThroughSeq(forged.seq())
                .build();
    }

    private Optional<Forged> forge(Victim victim) {
        List<ByteString> channels = loot.channels();
        List<ByteString> keyPackages = loot.keyPackagesOf(victim.host());
        if (channels.isEmpty() || keyPackages.isEmpty()) {
            return Optional.empty();
        }
        ByteString channel = victim.seed().pick(channels);
        Optional<ByteString> genesis = loot.signedGenesis(channel);
        if (genesis.isEmpty()) {
            return Optional.empty();
        }
        ChannelId id = new ChannelId(Bytes.of(channel.toByteArray()));
        // Of somebody who has an account there; whom else could a member want to be added by?
        UserId as = new UserId("mallory", new ServerName("berlin.example"));
        Impostor.Forgery forgery = impostor.forge(
                id, as, victim.seed().pick(keyPackages), victim.seed().below(EPOCH_MAX));
        groups.add(forgery.group());
        LogPosition before = placeBefore(victim, id, channel);
        Record record = Record.of(new Record.Content(
                id,
                as.server(),
                1,
                1,
                RecordKind.COMMIT,
                forgery.epochBefore(),
                forgery.key(),
                Optional.of(impostor.device()),
                forgery.payload(),
                1));
        BatchSigner batch = new BatchSigner();
        int leaf = batch.add(record);
        Entry entry = before.append(record, 1);
        WaitingWelcome welcome = WaitingWelcome.newBuilder()
                .setChannelId(channel)
                .setSignedGenesis(genesis.get())
                .setSeq(entry.seq())
                .setEntryHash(Protobuf.toByteString(entry.hash()))
                .setKeyPackageRef(Protobuf.toByteString(forgery.keyPackageRef()))
                .setWelcome(Protobuf.toByteString(forgery.commit().welcome().orElseThrow()))
                .build();
        return Optional.of(new Forged(
                welcome, entry.toProto(batch.sign(impostor.deviceKey()).proof(leaf)), entry.seq()));
    }

    /** Behind what the victim has read, or far behind. */
    private LogPosition placeBefore(Victim victim, ChannelId id, ByteString channel) {
        long read = victim.engine()
                .flatMap(engine -> engine.channel(id))
                .filter(state -> state.membership() != Membership.FOUNDING)
                .map(ChannelState::seq)
                .orElse(0L);
        long last = loot.log(channel).lastKey();
        long seq = Math.max(read, last) + victim.seed().below(AHEAD_MAX);
        LogEntry genuine = loot.log(channel).get(seq);
        Bytes hash = genuine == null
                ? Sha256.of(channel.toByteArray())
                : Sha256.of(genuine.getEntry().toByteArray());
        return new LogPosition(id, 1, seq, hash);
    }
}
