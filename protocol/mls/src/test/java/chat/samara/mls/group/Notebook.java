package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.component.ApplicationComponent;
import chat.samara.mls.component.ApplicationComponents;
import chat.samara.mls.component.MergedData;
import java.util.List;
import java.util.Optional;

/**
 * Components of tests. Each keeps all updates one behind the other, so that their order can be seen; it refuses {@link #NONSENSE}, and makes {@link
 * #HUGE} more than there is room for.
 */
final class Notebook extends OpenHouse {
    static final int FIRST = 0xf5a0;
    static final int SECOND = 0xf5a1;
    static final int UNKNOWN = 0xf5af;
    static final Bytes NONSENSE = Bytes.ofUtf8("nonsense");
    static final Bytes HUGE = Bytes.ofUtf8("huge");

    private static final ApplicationComponent RULES = new ApplicationComponent() {
        @Override
        public MergedData merge(Optional<Bytes> present, List<Bytes> updates) {
            Bytes merged = present.orElse(Bytes.EMPTY);
            for (Bytes update : updates) {
                if (update.equals(NONSENSE)) {
                    return new MergedData.Refused("nonsense");
                }
                merged = Bytes.concat(merged, update.equals(HUGE) ? Bytes.of(new byte[64 << 10]) : update);
            }
            return new MergedData.NewData(merged);
        }

        @Override
        public boolean acceptsEphemeral(Bytes data) {
            return !data.equals(NONSENSE);
        }
    };

    @Override
    public ApplicationComponents components() {
        return componentId -> componentId == FIRST || componentId == SECOND ? Optional.of(RULES) : Optional.empty();
    }
}
