package chat.samara.mls.group;

import chat.samara.mls.crypto.RandomSource;
import java.util.ArrayList;
import java.util.List;

/** Remembers what it gave out, while it is told to: the seeds of everything that a member makes fresh. */
final class RecordingRandom implements RandomSource {
    private final RandomSource source;
    private final List<byte[]> given = new ArrayList<>();
    private boolean recording;

    RecordingRandom(RandomSource source) {
        this.source = source;
    }

    @Override
    public void nextBytes(byte[] out) {
        source.nextBytes(out);
        if (recording) {
            given.add(out.clone());
        }
    }

    void start() {
        recording = true;
    }

    /** What was given since the start. */
    List<byte[]> stop() {
        recording = false;
        List<byte[]> all = List.copyOf(given);
        given.clear();
        return all;
    }
}
