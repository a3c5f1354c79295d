package chat.samara.wire;

/**
 * Every bound of what crosses a link or stands in a log, in one place (I7). They belong to the protocol: what one side may send,
 * the other must take. Reaching one is {@code TOO_LARGE} unless another code is named beside it.
 */
public final class Limits {
    // Frames.

    /** A frame before authentication: room for a manifest and a certificate, and little for a stranger to fill memory with. */
    public static final int UNAUTHENTICATED_FRAME_BYTES_MAX = 16 << 10;

    /** A frame between a device and its server: small enough that one does not block a slow line for long. */
    public static final int CLIENT_FRAME_BYTES_MAX = 1 << 20;

    /** A frame between two servers, which have better lines and more to say. */
    public static final int PEER_FRAME_BYTES_MAX = 4 << 20;

    /** Elements directly in a frame's body: checked before the frame is decoded, since decoding makes an object of each. */
    public static final int FRAME_ELEMENTS_MAX = 8192;

    // Names.

    /** Characters (and bytes) of a server's name, as in DNS (RFC 1035 §2.3.4). */
    public static final int SERVER_NAME_BYTES_MAX = 253;

    /** Code points of a member's name: enough for any, and a line of a terminal still shows it whole. */
    public static final int USER_NAME_CODE_POINTS_MAX = 64;

    /** UTF-8 bytes of a whole user id: 64 code points of at most 4 bytes, '@', and a server's name. */
    public static final int USER_ID_BYTES_MAX = 4 * USER_NAME_CODE_POINTS_MAX + 1 + SERVER_NAME_BYTES_MAX;

    /** Characters of a host in an address, as in DNS. */
    public static final int HOST_CHARS_MAX = 253;

    /** Characters of an invite or peer link: every address in it at its longest fits. */
    public static final int LINK_CHARS_MAX = 8192;

    // Identities. All of these are read before authentication, so they are small.

    /** An encoded DeviceCertificate: the longest user id, a key and a signature, with room for tags and lengths. */
    public static final int DEVICE_CERTIFICATE_BYTES_MAX = USER_ID_BYTES_MAX + 32 + 64 + 16;

    /** An encoded MovedBody: two user ids, a key and a time. */
    public static final int MOVED_BODY_BYTES_MAX = 2 * USER_ID_BYTES_MAX + 64;

    /** An encoded ManifestBody: all addresses and keys below. */
    public static final int MANIFEST_BODY_BYTES_MAX = 8 << 10;

    /** Addresses in a manifest or a link. */
    public static final int MANIFEST_ADDRESSES_MAX = 16;

    /** TLS keys in a manifest: the present, the next, and those of a few front ends. */
    public static final int MANIFEST_TLS_KEYS_MAX = 16;

    /** An encoded LoginBody or PeerProofBody: two names, a challenge and keys. */
    public static final int PROOF_BODY_BYTES_MAX = 1024;

    // The log.

    /** A record's payload: so that a record with all that is around it fits into a client frame. */
    public static final int PAYLOAD_BYTES_MAX = 960 << 10;

    /** An application message's payload: the longest text fits twice, and no message blocks a slow line for long. */
    public static final int APPLICATION_PAYLOAD_BYTES_MAX = 256 << 10;

    /** An encoded Record: the payload and at most about 400 bytes of the rest. */
    public static final int RECORD_BYTES_MAX = PAYLOAD_BYTES_MAX + 1024;

    /** Items in a batch that is signed once: what one fsync could ever carry. */
    public static final int BATCH_LEAVES_MAX = 1 << 20;

    /** Hashes in the path of a proof: log2 of {@link #BATCH_LEAVES_MAX}. */
    public static final int PROOF_PATH_HASHES_MAX = 20;

    /** An encoded Proof. */
    public static final int PROOF_BYTES_MAX = 64 + PROOF_PATH_HASHES_MAX * (32 + 2) + 16;

    /** An encoded SignedRecord. */
    public static final int SIGNED_RECORD_BYTES_MAX = RECORD_BYTES_MAX + PROOF_BYTES_MAX + 16;

    /** An encoded Entry: a record and less than 200 bytes around it. */
    public static final int ENTRY_BYTES_MAX = RECORD_BYTES_MAX + 256;

    /** An encoded LogEntry. */
    public static final int LOG_ENTRY_BYTES_MAX = ENTRY_BYTES_MAX + PROOF_BYTES_MAX + 16;

    /** An encoded Head: two hashes and three numbers. */
    public static final int HEAD_BYTES_MAX = 256;

    /** An encoded SignedHead. */
    public static final int SIGNED_HEAD_BYTES_MAX = HEAD_BYTES_MAX + PROOF_BYTES_MAX + 16;

    /** An encoded SignedGenesis: two names, keys and a signature. */
    public static final int GENESIS_BYTES_MAX = 2048;

    /**
     * Epochs that have ended and still take application messages, counted back from the present one: fewer than the {@link
     * chat.samara.mls.Limits#PAST_EPOCHS_MAX} that a device keeps the secrets of, so that every member can read what the hub orders. A
     * message of an older epoch is {@code EPOCH_EXPIRED}, and is encrypted again.
     */
    public static final int OPEN_EPOCHS_MAX = 48;

    // What handshakes leave behind.

    /**
     * A member's leaf in the tree of a channel that a hub adds to: a device's own have some 400 bytes, post-quantum ones 1.6 KiB, and with the longest
     * name 600 more.
     */
    public static final int LEAF_BYTES_MAX = 8 << 10;

    /** The GroupInfo of a commit that a hub orders, and the encrypted one of its Welcome: a device's own have some 400 bytes, post-quantum ones 1.6 KiB. */
    public static final int GROUP_INFO_BYTES_MAX = 16 << 10;

    /** The GroupContext of a channel that a hub founds: a device's own has some 130 bytes, and every GroupInfo repeats it. */
    public static final int GROUP_CONTEXT_BYTES_MAX = 4 << 10;

    /** What a leaf takes more at most after its member's first commit: a parent hash in place of a lifetime. */
    public static final int LEAF_GROWTH_BYTES_MAX = 32;

    // MLS objects beside the log.

    /** An MLSMessage with a KeyPackage: a post-quantum one has about 3 KiB. */
    public static final int KEY_PACKAGE_BYTES_MAX = 8 << 10;

    /**
     * KeyPackages that a server hands out of one member's device in an hour, on average: the device keeps the private keys of all that may be
     * handed out while the commit that used one waits for its hub.
     */
    public static final int CLAIMS_PER_TARGET_AND_HOUR_MAX = 240;

    /** KeyPackages in one PublishKeyPackages: the 100 that a device keeps there fit into one frame at their largest. */
    public static final int KEY_PACKAGES_PER_PUBLISH_MAX = 100;

    /** Cipher suites of which one device has KeyPackages. */
    public static final int SUITES_PER_DEVICE_MAX = 16;

    /** Devices of one member: one KeyPackage of each fits into one frame. */
    public static final int DEVICES_PER_MEMBER_MAX = 64;

    /** Bytes of a KeyPackageRef: the hash of the largest suite. */
    public static final int KEY_PACKAGE_REF_BYTES_MAX = 64;

    /** Welcomes in one push. */
    public static final int WELCOMES_PER_FRAME_MAX = 256;

    // Reading and submitting.

    /** What a device gets at a login to show when it comes back. */
    public static final int RETURN_TOKENS_MAX = 8;

    /** Bytes of one of them. */
    public static final int RETURN_TOKEN_BYTES_MAX = 64;

    /** Channels in a Follow, an Acknowledge, a LoggedIn or one SharedChannels. */
    public static final int CHANNELS_PER_FRAME_MAX = 4096;

    /** Heads that a device shows in one frame: of the largest size, they fit. */
    public static final int HEADS_PER_FRAME_MAX = 512;

    /** Entries in one Entries frame. */
    public static final int ENTRIES_PER_FRAME_MAX = 4096;

    /** Entries in a frame that leaves out what the device knows: such are for what was just said. What is to be caught up on comes in others. */
    public static final int TERSE_ENTRIES_PER_FRAME_MAX = 64;

    /** By how much of its id such a frame names its channel. */
    public static final int CHANNEL_START_BYTES = 4;

    /** Records in one SubmitRecords, and receipts in one RecordReceipts. */
    public static final int RECORDS_PER_FRAME_MAX = 4096;

    /** Bytes of credit that one frame may give: far more than a link can use, and sums never overflow. */
    public static final long CREDIT_BYTES_MAX = 1L << 30;

    /** Characters of an error's reason, and of its detail: a peer's error must not fill a log. Longer ones are cut. */
    public static final int ERROR_TEXT_CHARS_MAX = 1024;

    /** A channel's policy: every GroupInfo and Welcome repeats it. */
    public static final int POLICY_BYTES_MAX = 8 << 10;

    /** What a commit says to its policy component, and nobody keeps. */
    public static final int POLICY_EPHEMERAL_BYTES_MAX = 2 << 10;

    // What members say; checked by devices only, since servers cannot see it.

    /** UTF-8 bytes of a text. */
    public static final int TEXT_BYTES_MAX = 128 << 10;

    /** UTF-8 bytes of a channel's name. */
    public static final int CHANNEL_NAME_BYTES_MAX = 256;

    /** UTF-8 bytes of a channel's topic. */
    public static final int CHANNEL_TOPIC_BYTES_MAX = 1024;

    private Limits() {}
}
