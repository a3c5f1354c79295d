package chat.samara.systemtests.sim.oracle;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.server.core.store.Store;
import chat.samara.systemtests.sim.network.End;
import chat.samara.systemtests.sim.network.Port;
import chat.samara.systemtests.sim.network.WireTap;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.KnownLog;
import chat.samara.wire.frame.MalformedFrameException;
import chat.samara.wire.frame.ServerFrames;
import chat.samara.wire.frame.SlimEntries;
import chat.samara.wire.frame.TerseFrame;
import chat.samara.wire.frame.TerseSubmit;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.LoginBody;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.Submit;
import chat.samara.wire.proto.TerseEntries;
import chat.samara.wire.proto.WaitingWelcome;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What servers send to devices, with whole entries in place of slim and terse ones. Of terse ones that takes what the device knows: whoever has seen all that went over
 * the network knows that, too. A terse frame that is no true one is left as it is: a device finds as little in it.
 */
public final class ShownFrames implements WireTap {
    private final Map<ChannelId, Genesis> channels = new HashMap<>();
    private final Map<String, Map<Bytes, KnownLog.Place>> places = new HashMap<>();
    private final Map<IdempotencyKey, Set<Bytes>> payloads = new HashMap<>();
    private final Function<String, Optional<Store>> diskOfServer;

    /** Who has logged in, by connection. */
    private final Map<Long, DeviceId> devices = new HashMap<>();

    /** What was handed over, by connection and request. */
    private final Map<String, Submit> submitted = new HashMap<>();

    /** The function gives the disk of a server, by its name. */
    ShownFrames(Function<String, Optional<Store>> diskOfServer) {
        this.diskOfServer = diskOfServer;
    }

    /** Reads a frame without checking what is in it. Terse entries are left as they are. */
    public static ServerFrame parse(byte[] frame) throws InvalidProtocolBufferException {
        ServerFrame parsed = ServerFrame.parseFrom(frame);
        if (!parsed.hasEntries()) {
            return parsed;
        }
        try {
            return parsed.toBuilder()
                    .setEntries(SlimEntries.whole(parsed.getEntries()))
                    .build();
        } catch (RefusedException e) {
            throw new InvalidProtocolBufferException(new IOException(e));
        }
    }

    /** As {@link #parse(byte[])}, and terse entries are whole ones, too, and receipts name what they are about. */
    public ServerFrame parse(End end, byte[] frame) throws InvalidProtocolBufferException {
        ServerFrame parsed = parse(frame);
        if (parsed.hasReceipt() && parsed.getReceipt().getChannelId().isEmpty()) {
            Submit about = submitted.getOrDefault(request(end, parsed.getRequestId()), Submit.getDefaultInstance());
            ServerFrame.Builder named = parsed.toBuilder();
            named.getReceiptBuilder().setChannelId(about.getChannelId()).setIdempotencyKey(about.getIdempotencyKey());
            return named.build();
        }
        if (!parsed.hasTerseEntries()) {
            return parsed;
        }
        return whole(end, frame)
                .map(entries -> parsed.toBuilder().setEntries(entries).build())
                .orElse(parsed);
    }

    private static String request(End end, long requestId) {
        return end.connectionId() + " " + requestId;
    }

    /** What a device sends, with whole submissions in place of terse ones. */
    public ClientFrame request(byte[] frame) throws InvalidProtocolBufferException {
        ClientFrame parsed = ClientFrame.parseFrom(frame);
        if (!TerseSubmit.isTerse(parsed.getSubmit())) {
            return parsed;
        }
        Optional<ChannelId> channel = channels.keySet().stream()
                .filter(it -> isNamedBy(parsed.getSubmit().getChannelStart(), it))
                .findFirst();
        if (channel.isEmpty()) {
            return parsed;
        }
        try {
            return parsed.toBuilder()
                    .setSubmit(TerseSubmit.whole(parsed.getSubmit(), channel.get()))
                    .build();
        } catch (RefusedException e) {
            throw new InvalidProtocolBufferException(new IOException(e));
        }
    }

    /** Whether a frame that was left as it is names a channel that there is: then its server has sent what no device can read. */
    boolean isOfAChannel(TerseEntries frame) {
        return channels.keySet().stream().anyMatch(channel -> isNamedBy(frame.getChannelStart(), channel));
    }

    private static boolean isNamedBy(ByteString start, ChannelId channel) {
        return TerseFrame.startOf(Protobuf.toByteString(channel.bytes())).equals(start);
    }

    private Optional<Entries> whole(End end, byte[] encoded) {
        TerseEntries frame;
        try {
            frame = ServerFrames.decode(encoded).getTerseEntries();
        } catch (MalformedFrameException e) {
            return Optional.empty();
        }
        return channels.values().stream()
                .filter(genesis -> isNamedBy(frame.getChannelStart(), genesis.channel()))
                .flatMap(genesis -> placesAt(genesis.channel(), frame.getFromSeq() - 1).values().stream()
                        .flatMap(place -> found(genesis, end, frame, place).stream()))
                .findFirst();
    }

    /** Of what a device has encrypted several times, its log takes what this server has taken. */
    private Optional<Entries> found(Genesis genesis, End end, TerseEntries frame, KnownLog.Place place) {
        DeviceId device =
                devices.getOrDefault(end.connectionId(), new DeviceId(Bytes.of(new byte[DeviceId.SIZE_BYTES])));
        Optional<Store> disk = diskOfServer.apply(end.dialled() ? end.remoteHost() : end.host());
        KnownLog log = new KnownLog(genesis.channel(), genesis.hubRootKey(), device, key -> {
            Optional<Bytes> taken = disk.flatMap(it -> DiskReader.payloadHash(it, genesis.channel(), device, key));
            return payloads.getOrDefault(key, Set.of()).stream()
                    .filter(payload -> taken.equals(Optional.of(Sha256.of(payload.arrayUnsafe()))))
                    .findFirst();
        });
        try {
            return Optional.of(log.whole(frame, place));
        } catch (RefusedException e) {
            // Another place.
            return Optional.empty();
        }
    }

    private Map<Bytes, KnownLog.Place> placesAt(ChannelId channel, long seq) {
        return seq == 0
                ? Map.of(LogPosition.NO_HASH, KnownLog.Place.of(LogPosition.start(channel)))
                : places.getOrDefault(channel + " " + seq, Map.of());
    }

    @Override
    public void sent(End from, byte[] frame) {
        try {
            if (from.port() == Port.PEER) {
                peer(PeerFrame.parseFrom(frame));
            } else if (from.dialled()) {
                ofDevice(from, request(frame));
            } else {
                toDevice(parse(from, frame));
            }
        } catch (InvalidProtocolBufferException | RefusedException e) {
            // Whoever sends what cannot be read is found out elsewhere.
            return;
        }
    }

    @Override
    public void delivered(End to, byte[] frame) {
        try {
            // A hub may show its followers another log than its process sends.
            if (to.port() == Port.PEER) {
                peer(PeerFrame.parseFrom(frame));
            } else if (to.dialled()) {
                toDevice(parse(to, frame));
            } else {
                // Changed on the way it is another message, which no device finds among its own.
                handedOver(request(frame).getSubmit());
            }
        } catch (InvalidProtocolBufferException | RefusedException e) {
            return;
        }
    }

    private void peer(PeerFrame frame) throws RefusedException {
        entries(frame.getEntries().getEntriesList());
        entries(frame.getHeadHint().getEntriesList());
    }

    private void ofDevice(End from, ClientFrame frame) throws InvalidProtocolBufferException, RefusedException {
        ByteString body = frame.hasRegister()
                ? frame.getRegister().getLoginBody()
                : frame.hasLogin()
                        ? frame.getLogin().getLoginBody()
                        : frame.getReplaceDevice().getLoginBody();
        if (!body.isEmpty()) {
            devices.put(
                    from.connectionId(),
                    new DeviceId(Protobuf.toBytes(LoginBody.parseFrom(body).getDeviceId())));
        }
        if (frame.hasCreateChannel()) {
            Genesis genesis = GenesisIn.decode(Protobuf.toBytes(
                            frame.getCreateChannel().getGenesis().getSignedGenesis()))
                    .verify();
            channels.put(genesis.channel(), genesis);
        }
        if (frame.hasSubmit()) {
            submitted.put(request(from, frame.getRequestId()), frame.getSubmit());
            handedOver(frame.getSubmit());
        }
    }

    private void handedOver(Submit submit) {
        if (submit.getIdempotencyKey().size() == IdempotencyKey.SIZE_BYTES) {
            payloads.computeIfAbsent(
                            new IdempotencyKey(Protobuf.toBytes(submit.getIdempotencyKey())),
                            key -> new LinkedHashSet<>())
                    .add(Protobuf.toBytes(submit.getPayload()));
        }
    }

    private void toDevice(ServerFrame frame) throws RefusedException {
        entries(frame.getEntries().getEntriesList());
        entries(frame.getHandshakes().getEntriesList());
        for (WaitingWelcome welcome : frame.getWelcomes().getWelcomesList()) {
            LogPosition joined = new LogPosition(
                    new ChannelId(Protobuf.toBytes(welcome.getChannelId())),
                    1,
                    welcome.getSeq(),
                    Protobuf.toBytes(welcome.getEntryHash()));
            places.computeIfAbsent(joined.channel() + " " + joined.seq(), key -> new HashMap<>())
                    .putIfAbsent(joined.entryHash(), KnownLog.Place.of(joined));
        }
    }

    private void entries(List<LogEntry> entries) throws RefusedException {
        for (LogEntry logEntry : entries) {
            LogPosition position = EntryIn.shown(logEntry).unverified().position();
            places.computeIfAbsent(position.channel() + " " + position.seq(), key -> new HashMap<>())
                    .put(position.entryHash(), KnownLog.Place.behind(logEntry));
        }
    }
}
