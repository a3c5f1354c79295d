package chat.samara.mls.component;

import chat.samara.mls.codec.Bytes;

/** What a component makes of updates. */
public sealed interface MergedData {
    /** The component's data from the next epoch on. */
    record NewData(Bytes data) implements MergedData {}

    /** The updates are invalid, and so is the list of proposals that they are in. */
    record Refused(String reason) implements MergedData {}
}
