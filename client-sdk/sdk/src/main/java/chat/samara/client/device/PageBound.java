package chat.samara.client.device;

/** Where a page of rows ends that an application is given at once: one row it has in any case, however long that is. */
final class PageBound {
    private final int rowsMax;
    private int rows;
    private long bytes;

    PageBound(int rowsMax) {
        this.rowsMax = rowsMax;
    }

    /** One row more is in it. */
    void add(int rowBytes) {
        rows++;
        bytes += rowBytes;
    }

    /** Whether there may be more rows in it, by their number. */
    boolean hasRows() {
        return rows < rowsMax;
    }

    /** Whether it is as long as a page should be. */
    boolean isLong() {
        return bytes >= Limits.PAGE_BYTES_MAX;
    }
}
