package chat.samara.mls;

/** Every bound of the library, in one place. Reaching one is {@link MlsError#LIMIT} or the code named beside it. */
public final class Limits {
    /** The largest vector that is read: far below the 2^30 - 1 of RFC 9420 §2.1.2, so that no input can ask for a gigabyte. */
    public static final int VECTOR_BYTES_MAX = 64 << 20;

    /** The most leaves a tree may be extended to: 2^20. */
    public static final int LEAVES_MAX = 1 << 20;

    /** How many generations ahead of a sender's last message a message may be ({@link MlsError#GENERATION_TOO_FAR}). */
    public static final int RATCHET_FORWARD_STEPS_MAX = 4096;

    /** How many unused keys of skipped messages are kept a ratchet; beyond it the oldest are erased ({@link MlsError#KEY_GIVEN_UP}). */
    public static final int SKIPPED_KEYS_MAX = 1024;

    /** How many commits in PrivateMessages of one epoch can be opened again until one is merged; of more, the oldest once only. */
    public static final int OPENED_COMMITS_MAX = 64;

    /** How many past epochs' message secrets are kept at most, until {@code closeEpochsThrough} says so. */
    public static final int PAST_EPOCHS_MAX = 64;

    /** How many past epochs' resumption secrets are kept at most, until {@code forgetResumptionPsksThrough} says so. */
    public static final int RESUMPTION_PSKS_MAX = 64;

    /** How many pre-shared keys one commit or Welcome may name. */
    public static final int PRE_SHARED_KEYS_MAX = 1024;

    /** How many certificates an X.509 credential, or a path from it to a trust anchor, may have. */
    public static final int CERTIFICATES_MAX = 16;

    /** How many proposals of an epoch are cached to be committed by reference. */
    public static final int CACHED_PROPOSALS_MAX = 4096;

    /** How many components an {@code app_data_dictionary} may have. */
    public static final int APP_COMPONENTS_MAX = 256;

    /** How large an {@code app_data_dictionary} may be: every GroupInfo and Welcome repeats the GroupContext's. */
    public static final int APP_DATA_BYTES_MAX = 64 << 10;

    /** How many AppDataUpdates one commit may cover. */
    public static final int APP_DATA_UPDATES_MAX = 256;

    /** The longest lifetime of a KeyPackage's leaf that is accepted unless the application says otherwise: 400 days. */
    public static final long LEAF_LIFETIME_SECONDS_MAX = 400L * 24 * 3600;

    /** Application messages a member may send in one epoch, well inside AEAD limits (RFC 9420 §15.2). */
    public static final int GENERATION_MAX = Integer.MAX_VALUE - 1;

    private Limits() {}
}
