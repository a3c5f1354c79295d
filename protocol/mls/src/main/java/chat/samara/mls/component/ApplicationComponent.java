package chat.samara.mls.component;

import chat.samara.mls.codec.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * The rules of one component. They are part of the protocol: everybody in a group, whatever version they run, has to come to the same bytes, and so
 * they depend on nothing but their arguments. They are asked before a commit's signature is verified, about whatever it holds: they have to answer quickly, and
 * without an exception.
 */
public interface ApplicationComponent {
    /**
     * What becomes of the component's data in the GroupContext.
     *
     * @param present as it stands; empty if there is none
     * @param updates of the AppDataUpdate proposals of one commit, one or more, in their order
     */
    MergedData merge(Optional<Bytes> present, List<Bytes> updates);

    /** Whether the data may stand in an AppEphemeral proposal. By itself the component takes none. */
    default boolean acceptsEphemeral(Bytes data) {
        return false;
    }
}
