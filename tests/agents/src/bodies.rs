//! What agents look at, listen to and are asked.
use crate::generated::{
    Bodies, audio_content, elicitation, elicitation_choices, elicitation_defaults, image_content,
    input_capabilities, input_elicitation, input_many, input_roots, input_rounds, input_sampling,
    input_state, input_tampered, logging, missing_capability, multiple_content_types, prompt_of_the_user,
    prompt_with_image, sampling, static_binary, streaming_elicitation, types, with_logging,
};
use quater::{Asked, Bytes, Level};

/// A red pixel.
const DOT: [u8; 69] = [
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 144,
    119, 83, 222, 0, 0, 0, 12, 73, 68, 65, 84, 120, 218, 99, 248, 207, 192, 0, 0, 3, 1, 1, 0, 247, 3, 65, 67,
    0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

/// One sample of silence.
const SILENCE: [u8; 46] = [
    82, 73, 70, 70, 38, 0, 0, 0, 87, 65, 86, 69, 102, 109, 116, 32, 16, 0, 0, 0, 1, 0, 1, 0, 64, 31, 0, 0,
    128, 62, 0, 0, 2, 0, 16, 0, 100, 97, 116, 97, 2, 0, 0, 0, 0, 0,
];

/// The bodies.
pub struct Team;

fn dot() -> types::Content {
    types::Content::Image(types::Image { data: Bytes(DOT.to_vec()), r#type: "image/png".to_owned() })
}

fn text(text: &str) -> types::Content {
    types::Content::Text(types::Text { text: text.to_owned() })
}

/// What came of a form, in words.
fn told<T: std::fmt::Debug>(asked: Asked<T>) -> String {
    match asked {
        Asked::Accept(filled) => format!("accept: {filled:?}"),
        Asked::Decline => "decline".to_owned(),
        Asked::Cancel => "cancel".to_owned(),
    }
}

fn one_after_the_other(context: &mut input_rounds::Context<'_>) -> Result<String, input_rounds::Error> {
    let name = context.ask().person("step1", "Step 1: What is your name?")?;
    let color = context.ask().taste("step2", "Step 2: What is your favorite color?")?;
    Ok(format!("{}, {}", told(name), told(color)))
}

fn at_once(context: &mut input_many::Context<'_>) -> Result<String, input_many::Error> {
    let name = context.ask().person("user_name", "What is your name?");
    let greeting = context.ask().model("greeting", "Generate a greeting", 50);
    let roots = context.ask().roots("client_roots");
    Ok(format!("{}: {} ({} roots)", told(name?), greeting?, roots?.len()))
}

impl Bodies for Team {
    fn image_content(
        &self,
        _context: &mut image_content::Context<'_>,
        _input: image_content::Input,
    ) -> Result<image_content::Output, image_content::Error> {
        Ok(dot())
    }

    fn audio_content(
        &self,
        _context: &mut audio_content::Context<'_>,
        _input: audio_content::Input,
    ) -> Result<audio_content::Output, audio_content::Error> {
        let (data, r#type) = (Bytes(SILENCE.to_vec()), "audio/wav".to_owned());
        Ok(types::Content::Audio(types::Audio { data, r#type }))
    }

    fn multiple_content_types(
        &self,
        _context: &mut multiple_content_types::Context<'_>,
        _input: multiple_content_types::Input,
    ) -> Result<multiple_content_types::Output, multiple_content_types::Error> {
        let document = types::Document {
            uri: "test://mixed-content-resource".to_owned(),
            r#type: "application/json".to_owned(),
            text: "{\"test\":\"data\",\"value\":123}".to_owned(),
        };
        Ok(vec![text("Multiple content types test:"), dot(), types::Content::Document(document)])
    }

    fn with_logging(
        &self,
        context: &mut with_logging::Context<'_>,
        _input: with_logging::Input,
    ) -> Result<with_logging::Output, with_logging::Error> {
        for line in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
            context.log(Level::Info, line);
        }
        Ok("said".to_owned())
    }

    fn logging(
        &self,
        context: &mut logging::Context<'_>,
        _input: logging::Input,
    ) -> Result<logging::Output, logging::Error> {
        context.log(Level::Warning, "somebody listens");
        Ok("said".to_owned())
    }

    fn sampling(
        &self,
        context: &mut sampling::Context<'_>,
        input: sampling::Input,
    ) -> Result<sampling::Output, sampling::Error> {
        let said = context.ask().model("prompt", &input.prompt, 100)?;
        Ok(format!("LLM response: {said}"))
    }

    fn elicitation(
        &self,
        context: &mut elicitation::Context<'_>,
        input: elicitation::Input,
    ) -> Result<elicitation::Output, elicitation::Error> {
        let answer = context.ask().contact("contact", &input.message)?;
        Ok(format!("User response: {}", told(answer)))
    }

    fn elicitation_defaults(
        &self,
        context: &mut elicitation_defaults::Context<'_>,
        _input: elicitation_defaults::Input,
    ) -> Result<elicitation_defaults::Output, elicitation_defaults::Error> {
        let answer = context.ask().profile("profile", "Please look your profile over")?;
        Ok(format!("Elicitation completed: {}", told(answer)))
    }

    fn elicitation_choices(
        &self,
        context: &mut elicitation_choices::Context<'_>,
        _input: elicitation_choices::Input,
    ) -> Result<elicitation_choices::Output, elicitation_choices::Error> {
        let answer = context.ask().choices("choices", "Please choose")?;
        Ok(format!("Elicitation completed: {}", told(answer)))
    }

    fn missing_capability(
        &self,
        context: &mut missing_capability::Context<'_>,
        _input: missing_capability::Input,
    ) -> Result<missing_capability::Output, missing_capability::Error> {
        context.ask().model("model", "Is anybody there?", 10)
    }

    fn streaming_elicitation(
        &self,
        context: &mut streaming_elicitation::Context<'_>,
        _input: streaming_elicitation::Input,
    ) -> Result<streaming_elicitation::Output, streaming_elicitation::Error> {
        Ok(told(context.ask().consent("consent", "Go on?")?))
    }

    fn input_elicitation(
        &self,
        context: &mut input_elicitation::Context<'_>,
        _input: input_elicitation::Input,
    ) -> Result<input_elicitation::Output, input_elicitation::Error> {
        match context.ask().person("user_name", "What is your name?")? {
            Asked::Accept(person) => Ok(format!("Hello, {}!", person.name)),
            Asked::Decline | Asked::Cancel => Ok("Hello!".to_owned()),
        }
    }

    fn input_sampling(
        &self,
        context: &mut input_sampling::Context<'_>,
        _input: input_sampling::Input,
    ) -> Result<input_sampling::Output, input_sampling::Error> {
        context.ask().model("capital_question", "What is the capital of France?", 100)
    }

    fn input_roots(
        &self,
        context: &mut input_roots::Context<'_>,
        _input: input_roots::Input,
    ) -> Result<input_roots::Output, input_roots::Error> {
        let roots = context.ask().roots("client_roots")?;
        Ok(roots.into_iter().map(|root| root.uri).collect::<Vec<_>>().join(", "))
    }

    fn input_state(
        &self,
        context: &mut input_state::Context<'_>,
        _input: input_state::Input,
    ) -> Result<input_state::Output, input_state::Error> {
        Ok(format!("state-ok, {}", told(context.ask().consent("confirm", "Please confirm")?)))
    }

    fn input_many(
        &self,
        context: &mut input_many::Context<'_>,
        _input: input_many::Input,
    ) -> Result<input_many::Output, input_many::Error> {
        at_once(context)
    }

    fn input_rounds(
        &self,
        context: &mut input_rounds::Context<'_>,
        _input: input_rounds::Input,
    ) -> Result<input_rounds::Output, input_rounds::Error> {
        one_after_the_other(context)
    }

    fn input_tampered(
        &self,
        context: &mut input_tampered::Context<'_>,
        _input: input_tampered::Input,
    ) -> Result<input_tampered::Output, input_tampered::Error> {
        Ok(told(context.ask().consent("consent", "Go on?")?))
    }

    fn input_capabilities(
        &self,
        context: &mut input_capabilities::Context<'_>,
        _input: input_capabilities::Input,
    ) -> Result<input_capabilities::Output, input_capabilities::Error> {
        let name = context.ask().person("name", "What is your name?");
        let said = context.ask().model("greeting", "Generate a greeting", 50);
        let name = name.map_or_else(|_| "somebody".to_owned(), told);
        Ok(format!("{} {name}", said?))
    }

    fn static_binary(
        &self,
        _context: &mut static_binary::Context<'_>,
        _input: static_binary::Input,
    ) -> Result<static_binary::Output, static_binary::Error> {
        Ok(dot())
    }

    fn prompt_with_image(
        &self,
        _context: &mut prompt_with_image::Context<'_>,
        _input: prompt_with_image::Input,
    ) -> Result<prompt_with_image::Output, prompt_with_image::Error> {
        Ok(vec![dot(), text("Please analyze the image above.")])
    }

    fn prompt_of_the_user(
        &self,
        context: &mut prompt_of_the_user::Context<'_>,
        _input: prompt_of_the_user::Input,
    ) -> Result<prompt_of_the_user::Output, prompt_of_the_user::Error> {
        Ok(format!(
            "About {}",
            told(context.ask().topic("user_context", "What context should the prompt use?")?)
        ))
    }
}
