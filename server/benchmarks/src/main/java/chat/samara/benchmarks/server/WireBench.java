package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.Workshop;
import chat.samara.benchmarks.wire.ByteLedger;
import chat.samara.benchmarks.wire.Conversation;
import chat.samara.benchmarks.wire.SampleText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./samara bench wire}: how many bytes a text takes on the network, and what each of them is for. */
@Command(
        name = "wire",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "How many bytes of TLS a text takes between devices of the SDK, one text at a time and in a burst: what the"
                    + " receiver gets, what the sender sends and gets back, and what each byte is for.",
            "Bytes are counted and no time is measured: it does not matter how busy the machine is."
        })
public final class WireBench implements Callable<Integer> {
    private static final int TEXTS_MAX = 1_000;
    private static final int CHARACTERS_MAX = 4_000;
    private static final int BURSTS = 3;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private PlaceOptions place = new PlaceOptions();

    @Option(names = "--characters", paramLabel = "N", defaultValue = "100", description = "Of each text. Default: 100")
    private int characters;

    @Option(
            names = "--texts",
            paramLabel = "N",
            defaultValue = "7",
            description = "That are said one at a time. Default: 7")
    private int texts;

    @Option(
            names = "--burst",
            paramLabel = "N",
            defaultValue = "20",
            description = "Texts of each of the three bursts. Default: 20")
    private int burst;

    /** One of the ways, of one stretch: bytes by what they are for, of all texts together. */
    private record Way(String name, int texts, ByteLedger ledger) {
        double bytesOfEach() {
            return (double) ledger.bytes() / texts;
        }
    }

    @Override
    public Integer call() throws BenchFailure, InterruptedException {
        PlaceOptions.between("--characters", characters, 1, CHARACTERS_MAX);
        PlaceOptions.between("--texts", texts, 1, TEXTS_MAX);
        PlaceOptions.between("--burst", burst, 1, TEXTS_MAX);
        place.warnOfMemoryDisk();
        try (Workshop workshop = Workshop.open(place.folder);
                Conversation conversation = Conversation.begin(workshop)) {
            for (SampleText kind : SampleText.values()) {
                List<Way> single = new ArrayList<>();
                for (int i = 0; i < texts; i++) {
                    single.addAll(say(conversation, kind, 1));
                }
                print(kind, "one", single);
                List<Way> together = new ArrayList<>();
                for (int i = 0; i < BURSTS; i++) {
                    together.addAll(say(conversation, kind, burst));
                }
                print(kind, "burst", together);
            }
        }
        return 0;
    }

    private List<Way> say(Conversation conversation, SampleText kind, int count)
            throws BenchFailure, InterruptedException {
        List<String> said = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            said.add(kind.of(characters));
        }
        Conversation.Exchange exchange = conversation.say(said);
        int padding = SampleText.paddingBytes(said.get(0));
        return List.of(
                new Way("receiver_gets", count, new ByteLedger(padding).addToDevice(exchange.received())),
                new Way("sender_sends", count, new ByteLedger(padding).addToServer(exchange.sent())),
                new Way("sender_gets_back", count, new ByteLedger(padding).addToDevice(exchange.sentBack())));
    }

    private void print(SampleText kind, String mode, List<Way> ways) {
        for (String name : List.of("receiver_gets", "sender_sends", "sender_gets_back")) {
            List<Way> same = ways.stream()
                    .filter(way -> way.name.equals(name))
                    .sorted(Comparator.comparingDouble(Way::bytesOfEach))
                    .toList();
            List<Double> each = same.stream().map(Way::bytesOfEach).toList();
            figures(kind, mode, "").print(name, "bytes", each, List.of());
            // The table is of the stretch in the middle, so that its parts add up.
            Way middle = same.get(same.size() / 2);
            middle.ledger
                    .parts()
                    .forEach((part, bytes) -> figures(kind, mode, part)
                            .print(name, "bytes", List.of((double) bytes / middle.texts), List.of()));
        }
    }

    private Figures figures(SampleText kind, String mode, String part) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("mode", mode);
        parameters.put("text", kind.label());
        parameters.put("characters", characters);
        if (!part.isEmpty()) {
            parameters.put("part", part);
        }
        return new Figures("wire", parameters, spec.commandLine().getOut(), place.json);
    }
}
