package chat.samara.client.evidence;

/** The bounds of evidence from outside (I7). */
final class Limits {
    /** An encoded GroupContext: those of logs from before hubs refused extensions are no longer than a commit's payload. */
    static final int GROUP_CONTEXT_BYTES_MAX = chat.samara.wire.Limits.PAYLOAD_BYTES_MAX;

    /** A signature of any suite's scheme. */
    static final int SIGNATURE_BYTES_MAX = 256;

    /** A signature key of any suite's scheme. */
    static final int SIGNATURE_KEY_BYTES_MAX = 256;

    /** A message's authenticated data. */
    static final int AUTHENTICATED_DATA_BYTES_MAX = 256;

    /** Packed application data: what fits into an application message's payload. */
    static final int APPLICATION_DATA_BYTES_MAX = chat.samara.wire.Limits.APPLICATION_PAYLOAD_BYTES_MAX;

    /** An encoded MessageEvidence: all of the above. */
    static final int EVIDENCE_BYTES_MAX = GROUP_CONTEXT_BYTES_MAX + APPLICATION_DATA_BYTES_MAX + (4 << 10);

    private Limits() {}
}
