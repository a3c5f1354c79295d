package chat.samara.server.core.channel.member;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.welcome.EncryptedGroupSecrets;
import chat.samara.mls.welcome.Welcome;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.ControlPayload;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.WaitingWelcome;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The Welcomes of commits in parts. A commit's entry holds one Welcome for everybody whom it adds; each device is given its own part of it, the
 * secrets for its KeyPackage with the GroupInfo, which is a Welcome as well (RFC 9420 §12.4.3.1). Given whole, what travels would grow with the
 * square of those who are added.
 *
 * <p>Those that were asked for last are kept, as many as fit into a number of bytes: so a commit is read and parsed once, and not for each of a
 * thousand devices that fetch at the same time. An entry never changes, so what is kept stays true.
 */
final class PartedWelcomes {
    private final long bytesMax;

    /** By the hash of the commit's entry; the one that was used longest ago is first. */
    private final Map<Bytes, Parts> kept = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;

    PartedWelcomes(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /**
     * One commit's.
     *
     * @param secrets by KeyPackageRef
     * @param bytes what it takes in memory, about
     */
    private record Parts(
            ByteString signedGenesis,
            int cipherSuite,
            Map<Bytes, EncryptedGroupSecrets> secrets,
            Bytes encryptedGroupInfo,
            long bytes) {
        Optional<ByteString> only(Bytes keyPackageRef) {
            return Optional.ofNullable(secrets.get(keyPackageRef))
                    .map(own -> new Welcome(cipherSuite, List.of(own), encryptedGroupInfo))
                    .map(own -> ByteString.copyFrom(new MlsMessage.OfWelcome(own).encode()));
        }
    }

    /** What the device is given for which the Welcome waits. */
    WaitingWelcome message(Rows rows, WelcomeTable.Waiting waiting) {
        Parts parts = parts(rows, waiting);
        ByteString own = parts.only(waiting.keyPackageRef())
                .orElseThrow(() -> Stored.missing(
                        Table.ENTRY,
                        waiting.channel(),
                        "a Welcome in entry " + waiting.seq() + " for KeyPackage " + waiting.keyPackageRef()));
        return WaitingWelcome.newBuilder()
                .setChannelId(Protobuf.toByteString(waiting.channel().bytes()))
                .setSignedGenesis(parts.signedGenesis())
                .setSeq(waiting.seq())
                .setEntryHash(Protobuf.toByteString(waiting.entryHash()))
                .setKeyPackageRef(Protobuf.toByteString(waiting.keyPackageRef()))
                .setWelcome(own)
                .build();
    }

    private Parts parts(Rows rows, WelcomeTable.Waiting waiting) {
        Parts known = kept.get(waiting.entryHash());
        if (known != null) {
            return known;
        }
        Parts read = read(rows, waiting.channel(), waiting.seq());
        kept.put(waiting.entryHash(), read);
        bytes += read.bytes();
        makeRoom();
        return read;
    }

    private void makeRoom() {
        Iterator<Parts> eldest = kept.values().iterator();
        while (bytes > bytesMax) {
            bytes -= eldest.next().bytes();
            eldest.remove();
        }
    }

    private static Parts read(Rows rows, ChannelId channel, long seq) {
        Record commit = LogTable.record(channel, LogTable.encodedThere(rows, channel, seq));
        Record first = LogTable.record(channel, LogTable.encodedThere(rows, channel, 1));
        try {
            byte[] message = Payload.commit(Protobuf.toBytes(commit.getPayload()))
                    .getWelcome()
                    .toByteArray();
            Welcome whole = MlsMessage.decode(message).requireWelcome();
            ByteString genesis =
                    ControlPayload.parseFrom(first.getPayload()).getGenesis().getSignedGenesis();
            Map<Bytes, EncryptedGroupSecrets> secrets = new HashMap<>();
            whole.secrets().forEach(each -> secrets.putIfAbsent(each.newMember(), each));
            return new Parts(
                    genesis,
                    whole.cipherSuite(),
                    secrets,
                    whole.encryptedGroupInfo(),
                    message.length + (long) genesis.size());
        } catch (RefusedException | MlsException | InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.ENTRY, channel, e);
        }
    }
}
