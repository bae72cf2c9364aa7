//! Benefits: what agents may give, giving it, approval, the record.

use super::{
    guard::AsStaff,
    table::{Access, Route},
};
use crate::{
    app::AppState,
    http::{ApiError, Json, Path, Query},
};
use axum::{extract::State, http::StatusCode};
use model::{BenefitId, ConversationId, GrantId, Permission, benefit::GrantState};
use protocol::benefit::{
    AddCodes, AddedCodes, AskGrant, BenefitList, BenefitView, ConversationGrants, DecideGrant, GrantPage,
    GrantView, SaveBenefit,
};
use serde::Deserialize;
use service::benefits::Asking;

const GIVE: Access = Access::Staff(Permission::GrantBenefits);
const APPROVE: Access = Access::Staff(Permission::ApproveGrants);
const MANAGE: Access = Access::Staff(Permission::ManageWorkspace);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/benefits", GIVE, "What agents may give", list).returns::<BenefitList>(),
        Route::post("/api/benefits", MANAGE, "Add a benefit", add)
            .body::<SaveBenefit>()
            .creates::<BenefitView>(),
        Route::put("/api/benefits/{id}", MANAGE, "Change a benefit", edit)
            .body::<SaveBenefit>()
            .returns::<BenefitView>(),
        Route::post("/api/benefits/{id}/codes", MANAGE, "Add codes that will be given one by one", add_codes)
            .body::<AddCodes>()
            .returns::<AddedCodes>(),
        Route::get("/api/conversations/{id}/grants", GIVE, "What was given in a conversation", granted)
            .returns::<ConversationGrants>(),
        Route::post("/api/conversations/{id}/grants", GIVE, "Give a benefit, or ask for approval", grant)
            .body::<AskGrant>()
            .creates::<GrantView>(),
        Route::get("/api/grants", APPROVE, "The record of all grants, newest first", record)
            .query(&[("state", "pending, granted or declined"), ("before", "The `next` of the page before")])
            .returns::<GrantPage>(),
        Route::post("/api/grants/{id}/decide", APPROVE, "Approve or decline what waits", decide)
            .body::<DecideGrant>()
            .returns::<GrantView>(),
        Route::post(
            "/api/grants/{id}/tell",
            GIVE,
            "Tell the visitor, where that was not possible before",
            tell,
        )
        .returns::<GrantView>(),
    ]
}

async fn list(State(app): State<AppState>, AsStaff(staff): AsStaff) -> Result<Json<BenefitList>, ApiError> {
    let benefits = app.services.benefits.list(&staff).await?;
    Ok(Json(BenefitList { benefits: benefits.into_iter().map(Into::into).collect() }))
}

async fn add(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Json(body): Json<SaveBenefit>,
) -> Result<(StatusCode, Json<BenefitView>), ApiError> {
    let benefit = app.services.benefits.add(&staff, body.into()).await?;
    Ok((StatusCode::CREATED, Json(benefit.into())))
}

async fn edit(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<BenefitId>,
    Json(body): Json<SaveBenefit>,
) -> Result<Json<BenefitView>, ApiError> {
    Ok(Json(app.services.benefits.edit(&staff, id, body.into()).await?.into()))
}

async fn add_codes(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<BenefitId>,
    Json(body): Json<AddCodes>,
) -> Result<Json<AddedCodes>, ApiError> {
    let (benefit, added) = app.services.benefits.add_codes(&staff, id, &body.codes).await?;
    Ok(Json(AddedCodes { benefit: benefit.into(), added: added as i64 }))
}

async fn granted(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
) -> Result<Json<ConversationGrants>, ApiError> {
    let granted = app.services.benefits.of_conversation(&staff, id).await?;
    Ok(Json(ConversationGrants {
        left_count: (granted.limits.count - granted.got.count).max(0),
        left_worth: (granted.limits.worth - granted.got.worth).max(0),
        approval_from: granted.limits.approval_from,
        grants: granted.grants.into_iter().map(Into::into).collect(),
    }))
}

async fn grant(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<ConversationId>,
    Json(body): Json<AskGrant>,
) -> Result<(StatusCode, Json<GrantView>), ApiError> {
    let asking = Asking { benefit: body.benefit_id, reason: body.reason, code: body.code };
    let grant = app.services.benefits.grant(&staff, id, asking).await?;
    Ok((StatusCode::CREATED, Json(grant.into())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordQuery {
    state: Option<GrantState>,
    before: Option<GrantId>,
}

async fn record(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Query(query): Query<RecordQuery>,
) -> Result<Json<GrantPage>, ApiError> {
    let (grants, next) = app.services.benefits.record(&staff, query.state, query.before).await?;
    Ok(Json(GrantPage { grants: grants.into_iter().map(Into::into).collect(), next }))
}

async fn decide(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<GrantId>,
    Json(body): Json<DecideGrant>,
) -> Result<Json<GrantView>, ApiError> {
    Ok(Json(app.services.benefits.decide(&staff, id, body.approved).await?.into()))
}

async fn tell(
    State(app): State<AppState>,
    AsStaff(staff): AsStaff,
    Path(id): Path<GrantId>,
) -> Result<Json<GrantView>, ApiError> {
    Ok(Json(app.services.benefits.tell_again(&staff, id).await?.into()))
}
