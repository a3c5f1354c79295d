package chat.samara.server.core;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.constructors;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** The arrows of the design (DESIGN §2): what the core may know. */
@AnalyzeClasses(packages = "chat.samara.server.core", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String CORE = "chat.samara.server.core";
    private static final String CHANNEL = CORE + ".channel";
    private static final String SERVER_CORE = CORE + ".ServerCore";

    /** Of each package which others it may call; those that are called stand above. All know the core's own types: events, effects, limits, ids. */
    private static final Map<String, Set<String>> PACKAGES = packages();

    private static Map<String, Set<String>> packages() {
        Map<String, Set<String>> packages = new LinkedHashMap<>();
        packages.put("store", Set.of());
        packages.put("rate", Set.of());
        packages.put("admin", Set.of());
        packages.put("batch", Set.of("store", "rate"));
        packages.put("account", Set.of("store", "rate", "admin", "batch"));
        packages.put("session", Set.of("batch"));
        packages.put("keypackage", Set.of("store", "rate", "batch", "account", "session"));
        packages.put("peer", Set.of("store", "rate", "admin", "batch"));
        packages.put("channel", Set.of("store", "rate", "batch", "account", "session", "keypackage", "peer"));
        packages.put("request", Set.of("admin", "batch", "account", "session", "keypackage", "peer", "channel"));
        return Collections.unmodifiableMap(packages);
    }

    /** Of each room of {@code channel} which others it may call; those that are called stand above. */
    private static final Map<String, Set<String>> ROOMS = rooms();

    private static Map<String, Set<String>> rooms() {
        Map<String, Set<String>> rooms = new LinkedHashMap<>();
        rooms.put("state", Set.of());
        rooms.put("member", Set.of("state"));
        rooms.put("rule", Set.of("state", "member"));
        rooms.put("outbox", Set.of("state", "rule"));
        rooms.put("log", Set.of("state", "member", "outbox"));
        rooms.put("hub", Set.of("state", "member", "rule", "outbox", "log"));
        rooms.put("follower", Set.of("state", "member", "rule", "outbox", "log"));
        rooms.put("epoch", Set.of("state", "member", "rule", "outbox", "log", "hub"));
        rooms.put("reader", Set.of("state", "member", "log"));
        rooms.put("provisional", Set.of("state", "outbox", "reader"));
        rooms.put("submit", Set.of("state", "member", "rule", "outbox", "hub", "follower", "provisional"));
        return Collections.unmodifiableMap(rooms);
    }

    @ArchTest
    static final ArchRule depends_only_on_what_an_observer_needs = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "org.jspecify..",
                    "org.slf4j..",
                    "com.google.protobuf..",
                    "chat.samara.mls..",
                    "chat.samara.wire..",
                    "chat.samara.server.core..");

    @ArchTest
    static final ArchRule holds_no_secrets_of_a_group = noClasses()
            .should()
            .dependOnClassesThat(resideInAPackage("chat.samara.mls.group")
                    .and(simpleNameStartingWith("Group")
                            .or(simpleNameStartingWith("Commit"))
                            .or(simpleNameStartingWith("Staged"))))
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage("chat.samara.mls.schedule..", "chat.samara.mls.secrettree..");

    @ArchTest
    static final ArchRule has_no_files_network_threads_or_clock = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.net..", "java.nio.file..", "java.nio.channels..", "java.util.concurrent..", "java.time..")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching(
                    "java\\.io\\.File.*|java\\.lang\\.Thread.*|java\\.util\\.Random|java\\.security\\.SecureRandom")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime");

    @ArchTest
    static final ArchRule packages_call_only_those_below = packagesRule(PACKAGES);

    /** The core's own types know those of the packages that they carry, and {@code ServerCore} all of them, since it makes them. */
    private static ArchRule packagesRule(Map<String, Set<String>> packages) {
        LayeredArchitecture rule = layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage(CORE + "..")
                .layer("ServerCore")
                .definedBy(equivalentTo(SERVER_CORE))
                .layer("types")
                .definedBy(resideInAPackage(CORE).and(not(equivalentTo(SERVER_CORE))))
                .ensureAllClassesAreContainedInArchitecture();
        for (String each : packages.keySet()) {
            rule = rule.layer(each).definedBy(CORE + "." + each + "..");
        }
        for (Map.Entry<String, Set<String>> each : packages.entrySet()) {
            Set<String> called = new TreeSet<>(each.getValue());
            called.add("types");
            rule = rule.whereLayer(each.getKey()).mayOnlyAccessLayers(called.toArray(String[]::new));
        }
        return rule.whereLayer("types")
                .mayOnlyAccessLayers("store", "rate", "admin")
                .whereLayer("ServerCore")
                .mayNotBeAccessedByAnyLayer();
    }

    private static DescribedPredicate<JavaClass> equivalentTo(String name) {
        return DescribedPredicate.describe(
                name, it -> it.getName().equals(name) || it.getName().startsWith(name + "$"));
    }

    /** Each of the core's own types by itself, or the package of all of them would be in a circle with each that they carry something of. */
    @ArchTest
    static final ArchRule packages_form_no_circle = noCircle(inCore -> inCore);

    /** @param slice which slice a package or a type of the core is in */
    private static ArchRule noCircle(UnaryOperator<String> slice) {
        return slices().assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass it) {
                        if (!it.getName().startsWith(CORE + ".")) {
                            return SliceIdentifier.ignore();
                        }
                        String inCore = it.getName().substring(CORE.length() + 1);
                        return SliceIdentifier.of(slice.apply(inCore.replaceFirst("[.$].*", "")));
                    }

                    @Override
                    public String getDescription() {
                        return "packages of the core and its own types";
                    }
                })
                .should()
                .beFreeOfCycles();
    }

    private static final int STANDS_ON_MAX = 8;

    /** Whoever puts rooms together, and whoever answers for all of them. */
    private static final Set<String> STAND_ON_MORE = Set.of(CHANNEL + ".ChannelService", CORE + ".request.Operator");

    /** What a class stands on is seen in its constructor, and is little; no bag hands it around. Records are data. */
    @ArchTest
    static final ArchRule classes_stand_on_few_others = standOnFew(STAND_ON_MORE);

    private static ArchRule standOnFew(Set<String> more) {
        return constructors()
                .that()
                .areDeclaredInClassesThat(DescribedPredicate.describe(
                        "are neither data nor put others together",
                        it -> !it.isRecord() && !it.isEnum() && !more.contains(it.getName())))
                .should(new ArchCondition<>("take at most " + STANDS_ON_MAX + " parameters") {
                    @Override
                    public void check(JavaConstructor it, ConditionEvents events) {
                        int count = it.getRawParameterTypes().size();
                        events.add(new SimpleConditionEvent(
                                it, count <= STANDS_ON_MAX, it.getOwner().getName() + " stands on " + count));
                    }
                });
    }

    @ArchTest
    static void a_class_that_stands_on_many_would_be_noticed(JavaClasses classes) {
        assertThat(standOnFew(Set.of()).evaluate(classes).hasViolation()).isTrue();
    }

    @ArchTest
    static void a_wrong_arrow_and_a_circle_would_be_noticed(JavaClasses classes) {
        Map<String, Set<String>> wrong = new LinkedHashMap<>(PACKAGES);
        wrong.put("channel", Set.of("store", "rate", "batch", "account", "session", "keypackage"));
        assertThat(packagesRule(wrong).evaluate(classes).hasViolation()).isTrue();
        UnaryOperator<String> dataWithWhoeverAnswers = inCore -> inCore.equals("request") ? "admin" : inCore;
        assertThat(noCircle(dataWithWhoeverAnswers).evaluate(classes).hasViolation())
                .isTrue();
    }

    /** The package itself puts its rooms together and may call all of them. */
    @ArchTest
    static final ArchRule rooms_of_channel_call_only_those_below = rule(ROOMS);

    private static ArchRule rule(Map<String, Set<String>> rooms) {
        LayeredArchitecture rule = layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage(CHANNEL + "..")
                .layer("channel")
                .definedBy(CHANNEL)
                .ensureAllClassesAreContainedInArchitectureIgnoring(resideOutsideOfPackage(CHANNEL + ".."));
        for (String room : rooms.keySet()) {
            rule = rule.layer(room).definedBy(CHANNEL + "." + room);
        }
        for (Map.Entry<String, Set<String>> room : rooms.entrySet()) {
            rule = room.getValue().isEmpty()
                    ? rule.whereLayer(room.getKey()).mayNotAccessAnyLayer()
                    : rule.whereLayer(room.getKey())
                            .mayOnlyAccessLayers(room.getValue().toArray(String[]::new));
        }
        return rule.whereLayer("channel").mayNotBeAccessedByAnyLayer();
    }

    @ArchTest
    static final ArchRule rooms_of_channel_form_no_circle =
            slices().matching(CHANNEL + ".(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule rooms_of_channel_are_seen_by_nobody_else = noClasses()
            .that()
            .resideOutsideOfPackage(CHANNEL + "..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CHANNEL + ".*..");
}
