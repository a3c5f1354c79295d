package chat.samara.mls.component;

/**
 * Component ids of draft-ietf-mls-extensions ("MLS Component Types"): uint16 values, of which those from {@link #PRIVATE_USE_MIN} on are an
 * application's own. Unknown ones survive a round trip.
 */
public final class ComponentId {
    /** In a leaf, the components that the client supports; in the GroupContext, those that every member must. */
    public static final int APP_COMPONENTS = 0x0001;

    /** In the GroupContext: authenticated data is framed as a SafeAAD. This library takes part in no such group. */
    public static final int SAFE_AAD = 0x0002;

    public static final int PRIVATE_USE_MIN = 0x8000;

    private ComponentId() {}

    /** Refuses what is no uint16 with an {@link IllegalArgumentException}. */
    public static int requireValid(int componentId) {
        if (componentId < 0 || componentId > 0xffff) {
            throw new IllegalArgumentException("component id " + componentId + ", expected a uint16");
        }
        return componentId;
    }
}
