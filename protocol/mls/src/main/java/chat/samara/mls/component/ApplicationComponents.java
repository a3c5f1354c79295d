package chat.samara.mls.component;

import java.util.Optional;

/**
 * The components that an application knows. All members and observers of a group must know the same ones, or a commit splits
 * it: an AppDataUpdate or AppEphemeral of any other is refused. Callable from any thread.
 */
@FunctionalInterface
public interface ApplicationComponents {
    /** None. */
    ApplicationComponents NONE = componentId -> Optional.empty();

    /** The rules of a component; empty of one that the application does not know. */
    Optional<ApplicationComponent> find(int componentId);
}
