package chat.samara.wire.channel;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.wire.channel.Blame.Accusation;
import chat.samara.wire.channel.Blame.Arrival;
import chat.samara.wire.channel.Blame.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * {@link Blame} as servers and devices store it. Version 3: each identity key once, then by its number.
 *
 * <pre>
 * uint16 version, opaque founder (empty if not known), uint64 forgotten_epoch, opaque keys{} ,
 * { uint64 from_epoch, uint64 through_epoch, uint16 author } runs{}, { uint16 user, uint64 epoch, uint16 voice } arrivals{},
 * { uint16 accused, uint16 accuser, uint16 voice } accusations{}, { uint16 user } barred{}
 * </pre>
 *
 * <p>Each list is preceded by its length in bytes. Version 2 had places in the log where epochs stand now. Version 1 had no founder, nothing
 * forgotten, no arrivals and no voices.
 */
final class StoredBlame {
    private static final int VERSION = 3;
    private static final int VERSION_OF_PLACES = 2;
    private static final int VERSION_WITHOUT_ARRIVALS = 1;

    private StoredBlame() {}

    static byte[] encode(Blame blame) {
        List<Bytes> keys = List.copyOf(keys(blame));
        TreeMap<Bytes, Integer> numbers = new TreeMap<>();
        for (int i = 0; i < keys.size(); i++) {
            numbers.put(keys.get(i), i);
        }
        TlsWriter keyList = new TlsWriter();
        keys.forEach(keyList::opaque);
        TlsWriter runs = new TlsWriter();
        blame.runs.forEach(
                run -> runs.uint64(run.fromEpoch()).uint64(run.throughEpoch()).uint16(number(numbers, run.author())));
        TlsWriter arrivals = new TlsWriter();
        blame.arrivals.forEach((user, arrival) -> arrivals.uint16(number(numbers, user))
                .uint64(arrival.epoch())
                .uint16(number(numbers, arrival.voice())));
        TlsWriter accusations = new TlsWriter();
        blame.accusations.forEach(it -> accusations
                .uint16(number(numbers, it.accused()))
                .uint16(number(numbers, it.accuser()))
                .uint16(number(numbers, it.voice())));
        TlsWriter barred = new TlsWriter();
        blame.barred.forEach(user -> barred.uint16(number(numbers, user)));
        return new TlsWriter()
                .uint16(VERSION)
                .opaque(blame.founder.orElse(Bytes.EMPTY))
                .uint64(blame.forgottenEpoch)
                .opaque(keyList.toByteArray())
                .opaque(runs.toByteArray())
                .opaque(arrivals.toByteArray())
                .opaque(accusations.toByteArray())
                .opaque(barred.toByteArray())
                .toByteArray();
    }

    private static SortedSet<Bytes> keys(Blame blame) {
        TreeSet<Bytes> keys = new TreeSet<>(blame.barred);
        blame.runs.forEach(run -> keys.add(run.author()));
        blame.arrivals.forEach((user, arrival) -> {
            keys.add(user);
            keys.add(arrival.voice());
        });
        blame.accusations.forEach(it -> {
            keys.add(it.accused());
            keys.add(it.accuser());
            keys.add(it.voice());
        });
        return keys;
    }

    private static int number(SortedMap<Bytes, Integer> numbers, Bytes key) {
        return Optional.ofNullable(numbers.get(key)).orElseThrow();
    }

    static Blame decode(Bytes stored, long epoch) throws MlsException {
        return TlsReader.decode(stored.toByteArray(), reader -> readFrom(reader, epoch));
    }

    private static Blame readFrom(TlsReader reader, long epoch) throws MlsException {
        int version = reader.uint16();
        if (version == VERSION_WITHOUT_ARRIVALS) {
            return readWithoutArrivals(reader, epoch);
        }
        if (version == VERSION_OF_PLACES) {
            return withoutPlaces(readLists(reader), epoch);
        }
        if (version != VERSION) {
            throw new MlsException(
                    MlsError.INVALID_STATE, "stored blame of version " + version + ", expected at most " + VERSION);
        }
        return readLists(reader);
    }

    private static Blame readLists(TlsReader reader) throws MlsException {
        Optional<Bytes> founder = Optional.of(reader.opaque()).filter(key -> !key.isEmpty());
        long forgottenEpoch = reader.uint64();
        List<Bytes> keys = new ArrayList<>();
        TlsReader keyList = reader.nested();
        while (keyList.hasRemaining()) {
            keys.add(keyList.opaque());
        }
        List<Run> runs = new ArrayList<>();
        TlsReader runList = reader.nested();
        while (runList.hasRemaining()) {
            runs.add(new Run(runList.uint64(), runList.uint64(), key(keys, runList)));
        }
        SortedMap<Bytes, Arrival> arrivals = new TreeMap<>();
        TlsReader arrivalList = reader.nested();
        while (arrivalList.hasRemaining()) {
            Bytes user = key(keys, arrivalList);
            arrivals.put(user, new Arrival(arrivalList.uint64(), key(keys, arrivalList)));
        }
        List<Accusation> accusations = new ArrayList<>();
        TlsReader accusationList = reader.nested();
        while (accusationList.hasRemaining()) {
            accusations.add(
                    new Accusation(key(keys, accusationList), key(keys, accusationList), key(keys, accusationList)));
        }
        SortedSet<Bytes> barred = new TreeSet<>();
        TlsReader barredList = reader.nested();
        while (barredList.hasRemaining()) {
            barred.add(key(keys, barredList));
        }
        return new Blame(founder, forgottenEpoch, runs, arrivals, accusations, barred);
    }

    private static Bytes key(List<Bytes> keys, TlsReader reader) throws MlsException {
        int number = reader.uint16();
        if (number >= keys.size()) {
            throw new MlsException(
                    MlsError.INVALID_STATE, "stored blame names key " + number + ", expected one of " + keys.size());
        }
        return keys.get(number);
    }

    /** All who are in it were there before whatever can still be accused. */
    private static Blame withoutPlaces(Blame stored, long epoch) {
        SortedMap<Bytes, Arrival> arrivals = new TreeMap<>();
        stored.arrivals.forEach((user, arrival) -> arrivals.put(user, new Arrival(epoch, arrival.voice())));
        return new Blame(stored.founder, epoch, List.of(), arrivals, stored.accusations, stored.barred);
    }

    /** Its accusers may have come after what they accuse of, or may all be one person. */
    private static Blame readWithoutArrivals(TlsReader reader, long epoch) throws MlsException {
        reader.opaque();
        reader.opaque();
        reader.opaque();
        return new Blame(Optional.empty(), epoch, List.of(), new TreeMap<>(), List.of(), new TreeSet<>());
    }
}
