package chat.samara.mls.secrettree;

import java.util.Comparator;

/** Which ratchet of a secret tree: a sender's, and for which messages (RFC 9420 §9.1). */
public record RatchetId(int leafIndex, Kind kind) implements Comparable<RatchetId> {
    private static final Comparator<RatchetId> ORDER =
            Comparator.comparingInt(RatchetId::leafIndex).thenComparing(RatchetId::kind);

    /** Handshake messages and application messages have ratchets of their own. */
    public enum Kind {
        HANDSHAKE("handshake"),
        APPLICATION("application");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    @Override
    public int compareTo(RatchetId other) {
        return ORDER.compare(this, other);
    }
}
