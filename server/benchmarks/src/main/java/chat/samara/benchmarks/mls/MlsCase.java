package chat.samara.benchmarks.mls;

import java.util.Locale;

/** What is measured, with what it shall cost in suite 0x0001 on two cores. */
public enum MlsCase {
    COMMIT_CREATE(1_500, 3_000, "commit with path, fresh keys for the committer"),
    COMMIT_PROCESS(600, 1_200, "the same commit, by another member, entered"),
    PUBLIC_GROUP_COMMIT(500, 1_000, "the same commit, verified and applied by an observer"),
    CREATE_GROUP(250_000, 3_000_000, "found a group and add all others out of their encoded KeyPackages"),
    JOIN(60_000, 500_000, "join from a Welcome with the tree beside it"),
    PROTECT_100(32, 32, "encrypt 100 bytes"),
    PROTECT_1024(32, 32, "encrypt 1 KiB"),
    UNPROTECT_100(65, 65, "decrypt 100 bytes"),
    UNPROTECT_1024(65, 65, "decrypt 1 KiB"),
    STATE_BYTES(600_000, 6_000_000, "heap that a member's group retains"),
    MESSAGE_DELTA_BYTES(1_000, 1_000, "stored after one message, keys and values");

    private final double target1000;
    private final double target10000;
    private final String description;

    MlsCase(double target1000, double target10000, String description) {
        this.target1000 = target1000;
        this.target10000 = target10000;
        this.description = description;
    }

    /** As it is named in options and in the output. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether what is measured are bytes, not microseconds. */
    public boolean inBytes() {
        return this == STATE_BYTES || this == MESSAGE_DELTA_BYTES;
    }

    /** The target in microseconds or bytes; NaN for a group of a size that has none. */
    double target(int members) {
        return members == 1_000 ? target1000 : members == 10_000 ? target10000 : Double.NaN;
    }

    String description() {
        return description;
    }

    @Override
    public String toString() {
        return label();
    }
}
