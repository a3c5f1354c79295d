package chat.samara.client.content;

import chat.samara.wire.proto.Content;
import chat.samara.wire.proto.ContentBody;
import chat.samara.wire.proto.Text;
import com.github.luben.zstd.ZstdDictTrainer;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Trains a content dictionary from {@code dictionary-samples.txt}: {@code DictionaryTrainer <samples> <dictionary>}. Run by hand when
 * a new version of the dictionary is wanted; a dictionary that was shipped is never replaced, since old messages need it.
 */
final class DictionaryTrainer {
    private static final int DICTIONARY_BYTES = 12 * 1024;

    private DictionaryTrainer() {}

    public static void main(String[] arguments) throws IOException {
        List<String> samples = Files.readAllLines(Path.of(arguments[0]));
        Random random = new Random(1);
        ZstdDictTrainer trainer = new ZstdDictTrainer(8 * 1024 * 1024, DICTIONARY_BYTES);
        // Several passes with other keys and times, so that the trainer finds enough material and learns nothing
        // random.
        for (int pass = 0; pass < 10; pass++) {
            for (String sample : samples) {
                byte[] key = new byte[chat.samara.wire.message.Franking.KEY_BYTES];
                random.nextBytes(key);
                ContentBody body = ContentBody.newBuilder()
                        .setSentTimeMillis(1_790_000_000_000L + random.nextInt(Integer.MAX_VALUE))
                        .setText(Text.newBuilder().setText(sample))
                        .build();
                trainer.addSample(Content.newBuilder()
                        .setFrankingKey(ByteString.copyFrom(key))
                        .setBody(body.toByteString())
                        .build()
                        .toByteArray());
            }
        }
        Files.write(Path.of(arguments[1]), trainer.trainSamples());
    }
}
