package chat.samara.server.core.store;

/** Sees the rows of a scan in the order of their keys. */
@FunctionalInterface
public interface ScanVisitor {
    /**
     * One row. The arrays belong to the visitor.
     *
     * @return false to stop the scan
     */
    boolean visit(byte[] key, byte[] value);
}
