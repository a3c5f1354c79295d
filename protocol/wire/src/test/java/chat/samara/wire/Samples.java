package chat.samara.wire;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.RecordKind;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Fixed keys and values: the same in every run, and those that the golden files hold. */
public final class Samples {
    public static final ServerName BERLIN = new ServerName("berlin.example");
    public static final ServerName TUNIS = new ServerName("tunis.example");
    public static final UserId ALICE = new UserId("alice", BERLIN);
    public static final UserId BOB = new UserId("bob", TUNIS);

    public static final SignatureKeyPair BERLIN_KEY = key(1);
    public static final SignatureKeyPair TUNIS_KEY = key(2);
    public static final SignatureKeyPair ALICE_IDENTITY = key(3);
    public static final SignatureKeyPair ALICE_DEVICE = key(4);
    public static final SignatureKeyPair BOB_IDENTITY = key(5);
    public static final SignatureKeyPair BOB_DEVICE = key(6);

    public static final long TIME_MILLIS = 1_795_000_000_000L;

    public static final Bytes TLS_KEY_HASH = Sha256.of(new byte[] {1});

    public static final Genesis GENESIS = Genesis.sign(
            ALICE_DEVICE, new Genesis.Content(ALICE, BERLIN, BERLIN_KEY.publicKey(), 1, filled(32, 7), TIME_MILLIS, 0));

    private Samples() {}

    /** The key pair with 32 times this byte as private key. */
    public static SignatureKeyPair key(int fill) {
        return Ed25519.keyPair(filled(Ed25519.KEY_BYTES, fill).toByteArray());
    }

    /** So many times this byte. */
    public static Bytes filled(int size, int fill) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) fill);
        return Bytes.wrapUnsafe(bytes);
    }

    public static Manifest manifest(long sequence) {
        return Manifest.sign(
                BERLIN_KEY,
                new Manifest.Content(
                        BERLIN,
                        sequence,
                        List.of(new ServerAddress("berlin.example", 4430), new ServerAddress("2001:db8::1", 4430)),
                        List.of(TLS_KEY_HASH),
                        TIME_MILLIS));
    }

    /** The control record with which the channel of {@link #GENESIS} begins. */
    public static Record genesisRecord() {
        return Record.of(new Record.Content(
                GENESIS.channel(),
                BERLIN,
                1,
                1,
                RecordKind.CONTROL,
                0,
                new IdempotencyKey(filled(16, 8)),
                Optional.of(DeviceId.ofSignatureKey(ALICE_DEVICE.publicKey())),
                Payload.genesis(genesisControl()),
                TIME_MILLIS));
    }

    public static GenesisControl genesisControl() {
        return GenesisControl.newBuilder()
                .setSignedGenesis(Protobuf.toByteString(GENESIS.encoded()))
                .setGroupInfo(Protobuf.toByteString(Bytes.ofUtf8("group info")))
                .setRatchetTree(Protobuf.toByteString(Bytes.ofUtf8("tree")))
                .build();
    }

    /** An application message of Bob's, accepted by Tunis as its {@code originSeq}th. */
    public static Record message(long originSeq) {
        return message(originSeq, Bytes.ofUtf8("ciphertext " + originSeq));
    }

    public static Record message(long originSeq, Bytes payload) {
        return Record.of(new Record.Content(
                GENESIS.channel(),
                TUNIS,
                1,
                originSeq,
                RecordKind.APPLICATION,
                3,
                new IdempotencyKey(filled(16, (int) originSeq)),
                Optional.of(DeviceId.ofSignatureKey(BOB_DEVICE.publicKey())),
                payload,
                TIME_MILLIS + originSeq));
    }
}
